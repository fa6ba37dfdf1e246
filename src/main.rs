//! The program: everything is in the library.

/// It asks for large pages: trees of large configurations cost few page faults.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    routelint::cli::main()
}
