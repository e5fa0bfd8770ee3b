//! What verification prints: sentences for people, or JSON, one object a line, for checkers.

use std::collections::BTreeMap;
use std::io::Write;

use domain::{AccountId, Money, OrderId, PlaceNumber, SaleId};
use sale::floor::Kind;
use sale::{OrderStage, PlaceStage, Sale, Stage, TicketStage};
use serde::Serialize;

use super::{AuditedSale, SnapshotFinding, Verdict};
use crate::failure::Failure;

/// One line of JSON; `kind` says which.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line<'a> {
    Sale {
        id: SaleId,
        events: u64,
        last_sequence: u64,
        state_hash: String,
        stage: &'static str,
        places: u32,
        places_by_stage: BTreeMap<String, u32>,
        orders: BTreeMap<String, u32>,
        tickets: BTreeMap<String, u32>,
        seats: Seats,
        taken: Money,
        refunded: Money,
        snapshot: Option<u64>,
        findings: &'a [String],
        sound: bool,
    },
    Place {
        sale: SaleId,
        number: u32,
        account: AccountId,
        stage: PlaceStage,
    },
    Order {
        sale: SaleId,
        id: OrderId,
        account: AccountId,
        stage: OrderStage,
        seats: Vec<u32>,
        areas: Vec<(u16, u32)>,
        total: i64,
        captured: Option<i64>,
        tickets: Vec<String>,
    },
    Ticket {
        sale: SaleId,
        id: String,
        order: OrderId,
        seat: Option<u32>,
        area: Option<u16>,
        stage: TicketStage,
    },
    Journal {
        sales: u64,
        events: u64,
        findings: u64,
        stopped: Option<&'a str>,
        sound: bool,
    },
}

/// Seats and area places together, by what they are.
#[derive(Serialize)]
struct Seats {
    free: u32,
    held: u32,
    sold: u32,
    blocked: u32,
}

/// Writes one sale as JSON; with `dump` also every place, order and ticket of it.
///
/// # Errors
/// The output cannot be written.
pub fn json_sale(out: &mut dyn Write, audited: &AuditedSale, dump: bool) -> Result<(), Failure> {
    json(out, &summary(audited))?;
    if !dump {
        return Ok(());
    }
    let (id, sale) = (audited.id, &audited.sale);
    for number in (1..=sale.line().last_number()).map(PlaceNumber) {
        if let (Some(account), Some(stage)) = (sale.line().owner(number), sale.line().stage(number)) {
            json(out, &Line::Place { sale: id, number: number.0, account, stage })?;
        }
    }
    for order in sale.orders().all() {
        let (first, count) = order.tickets.unwrap_or((1, 0));
        let line = Line::Order {
            sale: id,
            id: order.id,
            account: order.account,
            stage: order.stage,
            seats: order.items.seats.iter().map(|seat| seat.0).collect(),
            areas: order.items.areas.iter().map(|(area, count)| (area.0, *count)).collect(),
            total: order.total,
            captured: order.captured,
            tickets: (first..first.saturating_add(count)).map(|serial| ticket_id(id, serial)).collect(),
        };
        json(out, &line)?;
    }
    for ticket in (1..=sale.tickets_issued()).filter_map(|serial| sale.ticket(serial)) {
        let Some(order) = sale.orders().at(ticket.order).map(|order| order.id) else { continue };
        let (seat, area) = (ticket.seat.ok().map(|seat| seat.0), ticket.seat.err().map(|area| area.0));
        json(
            out,
            &Line::Ticket { sale: id, id: ticket_id(id, ticket.serial), order, seat, area, stage: ticket.stage },
        )?;
    }
    Ok(())
}

/// Writes the verdict as JSON: always the last line.
///
/// # Errors
/// The output cannot be written.
pub fn json_verdict(out: &mut dyn Write, verdict: &Verdict) -> Result<(), Failure> {
    let Verdict { sales, events, findings, stopped } = verdict;
    let stopped = stopped.as_deref();
    json(
        out,
        &Line::Journal { sales: *sales, events: *events, findings: *findings, stopped, sound: verdict.is_sound() },
    )
}

/// Writes one sale for people.
///
/// # Errors
/// The output cannot be written.
pub fn text_sale(out: &mut dyn Write, audited: &AuditedSale) -> Result<(), Failure> {
    let sale = &audited.sale;
    let sound = if audited.findings.is_empty() { "sound" } else { "BROKEN" };
    let total = sale.floor().total();
    let snapshot = match audited.snapshot {
        SnapshotFinding::None => "no snapshot".to_owned(),
        SnapshotFinding::OtherVersion => "the snapshot is of another version".to_owned(),
        SnapshotFinding::Agrees(at) => format!("the snapshot at event {at} agrees"),
        SnapshotFinding::Differs(at) => format!("the snapshot at event {at} differs"),
        SnapshotFinding::Ahead(at) => format!("the snapshot at event {at} is ahead of the journal"),
    };
    let text = format!(
        "{}  {sound}  {}, {}, {}, {}\n  \
         seats    {} sold, {} held, {} free, {} blocked of {}\n  \
         money    {} taken, {} given back\n  \
         state    {} ({snapshot})\n",
        audited.id,
        plural(audited.events, "event"),
        plural(sale.line().last_number().into(), "place"),
        plural(sale.orders().all().len() as u64, "order"),
        plural(sale.tickets_issued().into(), "ticket"),
        total.of(Kind::Sold),
        total.of(Kind::Held),
        total.of(Kind::Free),
        total.of(Kind::Blocked),
        sale.floor().plan().capacity(),
        money(sale, sale.totals().taken),
        money(sale, sale.totals().refunded),
        hex::encode(audited.state_hash),
    );
    let broken = audited.findings.iter().map(|finding| format!("  broken   {finding}\n"));
    let text = broken.fold(text, |text, line| text + &line);
    out.write_all(text.as_bytes()).map_err(Failure::of_output)
}

/// Writes the verdict for people.
///
/// # Errors
/// The output cannot be written.
pub fn text_verdict(out: &mut dyn Write, verdict: &Verdict) -> Result<(), Failure> {
    let Verdict { sales, events, findings, stopped } = verdict;
    let counted = format!("{}, {}", plural(*sales, "sale"), plural(*events, "event"));
    let text = match stopped {
        Some(stopped) => {
            format!("The journal is broken. {stopped} Before it: {counted}, {}.", plural(*findings, "finding"))
        }
        None if *findings > 0 => {
            format!("The journal can be read, but it has {}: {counted}.", plural(*findings, "finding"))
        }
        None => format!("The journal is sound: {counted}."),
    };
    writeln!(out, "{text}").map_err(Failure::of_output)
}

fn plural(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn summary(audited: &AuditedSale) -> Line<'_> {
    let sale = &audited.sale;
    let stages = (1..=sale.line().last_number()).filter_map(|number| sale.line().stage(PlaceNumber(number)));
    let tickets = (1..=sale.tickets_issued()).filter_map(|serial| sale.ticket(serial));
    let total = sale.floor().total();
    Line::Sale {
        id: audited.id,
        events: audited.events,
        last_sequence: audited.events,
        state_hash: hex::encode(audited.state_hash),
        stage: match sale.stage() {
            Stage::Scheduled => "scheduled",
            Stage::Open => "open",
            Stage::Paused { .. } => "paused",
            Stage::Closed => "closed",
        },
        places: sale.line().last_number(),
        places_by_stage: counted(stages),
        orders: counted(sale.orders().all().iter().map(|order| order.stage)),
        tickets: counted(tickets.map(|ticket| ticket.stage)),
        seats: Seats {
            free: total.of(Kind::Free),
            held: total.of(Kind::Held),
            sold: total.of(Kind::Sold),
            blocked: total.of(Kind::Blocked),
        },
        taken: money(sale, sale.totals().taken),
        refunded: money(sale, sale.totals().refunded),
        snapshot: match audited.snapshot {
            SnapshotFinding::Agrees(at) | SnapshotFinding::Differs(at) | SnapshotFinding::Ahead(at) => Some(at),
            SnapshotFinding::None | SnapshotFinding::OtherVersion => None,
        },
        findings: &audited.findings,
        sound: audited.findings.is_empty(),
    }
}

/// How often each stage occurs, by its name in JSON.
fn counted<T: Serialize>(stages: impl Iterator<Item = T>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for stage in stages {
        if let Ok(serde_json::Value::String(name)) = serde_json::to_value(stage) {
            *counts.entry(name).or_default() += 1;
        }
    }
    counts
}

fn money(sale: &Sale, amount: i64) -> Money {
    Money::new(amount, sale.settings().currency)
}

fn ticket_id(sale: SaleId, serial: u32) -> String {
    tickets::TicketId::new(sale, serial).to_string()
}

fn json(out: &mut dyn Write, line: &Line<'_>) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, line)
        .map_err(std::io::Error::from)
        .and_then(|()| out.write_all(b"\n"))
        .map_err(Failure::of_output)
}
