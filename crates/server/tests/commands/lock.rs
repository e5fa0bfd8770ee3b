//! One server on a data folder.

use crate::folder::Folder;

#[test]
fn a_second_server_on_the_same_folder_is_told_of_the_first() {
    let folder = Folder::new();
    let serve = ["serve", "--set", "server.listen=127.0.0.1:0"];
    let mut first = folder.start(&serve, "Listening on");
    let refused = folder.run(&serve).refused();
    assert!(refused.contains(&format!("in use by process {}.", first.0.id())), "{refused}");

    // What only reads goes on beside it.
    folder.run(&["verify"]).ok();
    folder.run(&["backup", "copy"]).ok();
    // A server that was killed leaves no lock behind.
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    folder.start(&serve, "Listening on");
}
