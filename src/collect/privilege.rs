//! Giving up what collecting needed, so that the kernel itself refuses any change from then on.

use caps::CapSet;

use super::CollectError;

/// Drops every capability of this thread for good; call it when collecting is over and no other thread runs.
///
/// Neither a set-user-id program nor being root brings one back (`PR_SET_NO_NEW_PRIVS`).
pub fn drop_privileges() -> Result<(), CollectError> {
    let refused = |error: String| CollectError::Privileges(error);
    nix::sys::prctl::set_no_new_privs().map_err(|error| refused(error.to_string()))?;
    for set in [CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).map_err(|error| refused(error.to_string()))?;
    }
    Ok(())
}
