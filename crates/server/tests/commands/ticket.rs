//! Tickets verified without a network.

use domain::SeatIndex;
use tickets::{TicketClaims, TicketId, TicketKey, TicketPlace};

use crate::folder::{Folder, SALE};

fn claims() -> TicketClaims {
    TicketClaims {
        ticket: TicketId::new(SALE, 17),
        place: TicketPlace::Seat(SeatIndex(12)),
        starts_at_s: 1_798_830_000,
    }
}

#[test]
fn a_ticket_is_told_and_a_changed_one_refused() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.data().join("keys")).unwrap();
    let key = TicketKey::load_or_generate(&folder.data().join("keys/ticket.pem")).unwrap();
    let code = key.sign(&claims()).to_string();
    let told = folder.run(&["ticket", "verify", &code]).ok();
    assert!(told.contains("sale_1-17") && told.contains("seat 12") && told.contains("2027-01-01"), "{told}");

    let other = |letter| if letter == 'A' { 'B' } else { 'A' };
    let changed: String =
        code.char_indices().map(|(at, letter)| if at == 40 { other(letter) } else { letter }).collect();
    assert_ne!(changed, code);
    let refused = folder.run(&["ticket", "verify", &changed]).refused();
    assert!(refused.contains("changed or forged"), "{refused}");
    assert!(folder.run(&["ticket", "verify", "rubbish"]).refused().contains("not a ticket code"));
}

#[test]
fn a_gate_needs_nothing_but_the_public_keys() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.data().join("keys")).unwrap();
    let key = TicketKey::load_or_generate(&folder.data().join("keys/ticket.pem")).unwrap();
    let code = key.sign(&claims()).to_string();
    let keys = folder.run(&["ticket", "keys"]).ok();
    assert!(folder.run(&["ticket", "keys", "--pem"]).ok().starts_with("-----BEGIN PUBLIC KEY-----"));

    let gate = Folder::new();
    std::fs::write(gate.beside("keys.json"), &keys).unwrap();
    gate.run(&["ticket", "verify", &code, "--keys", "keys.json"]).ok();
    gate.run_with_input(&["ticket", "verify", &code, "--keys", "-"], &keys).ok();
    let other = TicketKey::generate().unwrap().sign(&claims()).to_string();
    let refused = gate.run(&["ticket", "verify", &other, "--keys", "keys.json"]).refused();
    assert!(refused.contains("key that is not known here"), "{refused}");
}

#[test]
fn verifying_makes_no_key() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.data()).unwrap();
    folder.run(&["ticket", "verify", "ONSALE1.AAAA"]).refused();
    assert_eq!(std::fs::read_dir(folder.data()).unwrap().count(), 0);
}
