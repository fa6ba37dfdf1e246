//! What the standard tools print of a node, read as a folder, against what the kernel tells of it.

use std::path::Path;
use std::process::Command;

use routelint::fib::Fib;
use routelint::snapshot::{Snapshot, folder};

use crate::compare::{self, Tally};
use crate::scene::Scene;

/// The files of such a folder, and the commands that print them.
const FILES: [(&str, &str); 6] = [
    ("ip-link.json", "ip -j -d link"),
    ("ip-addr.json", "ip -j -d address"),
    ("ip-4-rule.json", "ip -j -d -4 rule"),
    ("ip-6-rule.json", "ip -j -d -6 rule"),
    ("ip-nexthop.json", "ip -j -d nexthop"),
    ("sysctl.txt", "sysctl -a"),
];

/// The routes, in either of the two forms that are read.
const ROUTES: [[(&str, &str); 2]; 2] = [
    [
        ("ip-4-route-table-all.json", "ip -j -d -4 route show table all"),
        ("ip-6-route-table-all.json", "ip -j -d -6 route show table all"),
    ],
    [
        ("ip-4-route-table-all.txt", "ip -d -4 route show table all"),
        ("ip-6-route-table-all.txt", "ip -d -6 route show table all"),
    ],
];

/// Makes the node in this thread's namespace and decides by both; an error says where they differ.
pub(crate) fn compare(scene: &Scene) -> Result<Tally, String> {
    scene.build();
    compare::while_nothing_moves(|told| {
        ROUTES.iter().try_fold(Tally::default(), |tally, routes| {
            let dir = tempfile::tempdir().expect("a folder");
            FILES.iter().chain(routes).for_each(|(file, command)| write(&dir.path().join(file), command));
            let read = folder::read(dir.path()).map_err(|error| error.to_string())?;
            Ok(tally + decide(scene, told, &read)?)
        })
    })
}

fn decide(scene: &Scene, told: &Snapshot, read: &Snapshot) -> Result<Tally, String> {
    let (told_fib, read_fib) = (Fib::new(told), Fib::new(read));
    let mut tally = Tally::default();
    for packet in &scene.packets {
        let Some((flow, dst)) = packet.resolve(scene, told) else { continue };
        let (told, read) = (told_fib.look_up(&flow, dst), read_fib.look_up(&flow, dst));
        let unseen = read.outcome == UNSEEN && told.outcome != UNSEEN;
        tally = tally + Tally { asked: 1, unseen: u64::from(unseen), ..Tally::default() };
        if !unseen && read != told {
            return Err(format!("{dst} {flow:?}\nkernel: {told:?}\nfolder: {read:?}"));
        }
    }
    Ok(tally)
}

/// [`Outcome::word`] of what was not decided.
const UNSEEN: &str = "unseen";

fn write(file: &Path, command: &str) {
    let mut words = command.split(' ');
    let output = Command::new(words.next().expect("a program")).args(words).output().expect(command);
    std::fs::write(file, output.stdout).expect("written");
}
