//! What every journal must do, as one suite that each backend passes.

use std::sync::mpsc;

use domain::SaleId;

use crate::{Batch, Journal, JournalError, Payloads};

/// Runs the suite. `open` opens the same journal again each time it is called.
///
/// # Panics
/// When the journal does not do what it must.
pub fn run<J: Journal>(mut open: impl FnMut() -> J) {
    let (one, two) = (SaleId::new(1), SaleId::new(2));
    {
        let journal = open();
        assert_eq!(journal.sales(), Ok(vec![]), "a new journal is empty");
        assert_eq!(append(&journal, one, 1, &[b"a", b"b"]), Ok(()));
        assert_eq!(append(&journal, two, 1, &[b"x"]), Ok(()));
        assert_eq!(append(&journal, one, 3, &[b"c"]), Ok(()));
        assert_eq!(read(&journal, one, 0), [b"a", b"b", b"c"], "events come back in order");
        assert_eq!(read(&journal, one, 2), [b"c"], "a replay may start after a snapshot");
        assert_eq!(append(&journal, one, 3, &[b"C"]), Err(JournalError::Deposed { sale: one, sequence: 3 }));
        let gap = JournalError::Gap { sale: one, expected: 4, found: 6 };
        assert_eq!(append(&journal, one, 6, &[b"f"]), Err(gap));
        assert_eq!(append(&journal, one, 4, &[b"", &[0; 70_000]]), Ok(()), "an error is not the end; sizes vary");
    }
    {
        let journal = open();
        assert_eq!(journal.sales(), Ok(vec![one, two]));
        assert_eq!(read(&journal, one, 0).len(), 5, "a closed journal keeps its events");
        assert_eq!(append(&journal, one, 6, &[b"g"]), Ok(()), "and goes on where it was");
    }
    two_writers(&mut open);
    one_refusal_among_others(&mut open);
    batches_of_many(&mut open);
}

/// Of two writers that wake up at the same sequence, one learns that it is deposed.
fn two_writers<J: Journal>(open: &mut impl FnMut() -> J) {
    let sale = SaleId::new(3);
    let (old, new) = (open(), open());
    assert_eq!(append(&old, sale, 1, &[b"1"]), Ok(()));
    assert_eq!(append(&new, sale, 2, &[b"2 of the new writer"]), Ok(()));
    let deposed = append(&old, sale, 2, &[b"2 of the old writer"]);
    assert_eq!(deposed, Err(JournalError::Deposed { sale, sequence: 2 }));
    assert_eq!(read(&new, sale, 0), [b"1".as_slice(), b"2 of the new writer"]);
}

/// A batch that is refused takes no other sale's batch with it.
fn one_refusal_among_others<J: Journal>(open: &mut impl FnMut() -> J) {
    let (good, bad) = (SaleId::new(4), SaleId::new(5));
    let journal = open();
    let (tell, told) = mpsc::channel();
    for (sale, first) in [(good, 1), (bad, 9), (good, 2), (bad, 10), (good, 3)] {
        let tell = tell.clone();
        let batch = Batch { sale, first, payloads: payloads(&[b"event"]) };
        journal.append(
            batch,
            Box::new(move |result| {
                let _ = tell.send((sale, result.is_ok()));
            }),
        );
    }
    let mut answers: Vec<_> = told.iter().take(5).collect();
    answers.sort();
    assert_eq!(answers, [(good, true), (good, true), (good, true), (bad, false), (bad, false)]);
    assert_eq!(read(&journal, good, 0).len(), 3);
    assert_eq!(read(&journal, bad, 0).len(), 0);
}

/// A batch of many events is as good as many of one: in order, and of a late writer's nothing stays.
fn batches_of_many<J: Journal>(open: &mut impl FnMut() -> J) {
    let sale = SaleId::new(6);
    let events: Vec<Vec<u8>> = (0..83u8).map(|number| vec![number; usize::from(number) * 7 % 90]).collect();
    let all: Vec<&[u8]> = events.iter().map(Vec::as_slice).collect();
    let (old, new) = (open(), open());
    assert_eq!(append(&old, sale, 1, &all[..51]), Ok(()));
    assert_eq!(append(&new, sale, 52, &all[51..52]), Ok(()));
    let deposed = append(&old, sale, 52, &all[..40]);
    assert_eq!(deposed, Err(JournalError::Deposed { sale, sequence: 52 }));
    assert_eq!(append(&new, sale, 53, &all[52..]), Ok(()));
    assert_eq!(read(&open(), sale, 0), all);
}

fn payloads(events: &[&[u8]]) -> Payloads {
    let mut payloads = Payloads::default();
    events.iter().for_each(|event| payloads.push(event));
    payloads
}

/// Appends and waits until it is durable.
pub fn append(journal: &impl Journal, sale: SaleId, first: u64, events: &[&[u8]]) -> Result<(), JournalError> {
    let (tell, told) = mpsc::channel();
    let batch = Batch { sale, first, payloads: payloads(events) };
    journal.append(
        batch,
        Box::new(move |result| {
            let _ = tell.send(result);
        }),
    );
    told.recv().unwrap_or(Err(JournalError::Closed))
}

/// Reads the events of a sale.
///
/// # Panics
/// When they cannot be read.
pub fn read(journal: &impl Journal, sale: SaleId, after: u64) -> Vec<Vec<u8>> {
    let mut events = Vec::new();
    let result = journal.replay(sale, after, &mut |_, payload| {
        events.push(payload.to_vec());
        Ok(())
    });
    assert_eq!(result, Ok(()));
    events
}
