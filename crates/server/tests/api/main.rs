//! The API of a running server, asked over HTTP and WebSocket as fans, organisers and the payment provider ask it.
//! The modules follow the paths.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod admission;
mod authorisation;
mod browse;
mod check_ins;
mod conduct;
mod draws;
mod edits;
mod engines;
mod errors;
mod fixture;
mod gateways;
mod health;
mod hold;
mod join_guard;
mod line;
mod live;
mod orders;
mod organisers;
mod origin;
mod payments;
mod plain;
mod plans;
mod postgres;
mod purchase;
mod rehearsals;
mod restart;
mod shutdown;
mod sold_out;
mod ticket_pdfs;
