//! Our side of the HTTP rounds: the real server, a hall, and fans who were let in before the first round.

use std::time::Duration;

use base64::Engine as _;
use domain::Problem;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::closed_loop::{self, Round, Window};
use super::holds::{Holder, Holds, share_out};
use crate::bench::cpu;
use crate::client::{Origin, Pool, Request};
use crate::fans::board::unpack;
use crate::fans::wire::Seats;
use crate::operator::{Operator, SaleRules, Show};
use crate::plan;
use crate::processes::{OPERATOR_EMAIL, Platform, Running};

/// Rules under which nothing runs out during the benchmark.
const RULES: SaleRules = SaleRules {
    capacity: None,
    grace_seconds: 3_600,
    select_seconds: 3_600,
    pay_seconds: 3_600,
    tickets_per_buyer_max: 3,
};
/// Questions at once during the set-up.
const SET_UP_CONNECTIONS: usize = 64;

/// The server with a sale in which every fan may choose.
#[derive(Debug)]
pub struct Ours {
    running: Running,
    origin: Origin,
    sale: String,
    fans: Vec<Holder>,
}

impl Ours {
    /// Starts the server and lets `fans` fans in; the hall has two seats for each.
    ///
    /// # Errors
    /// If the server does not start or refuses the set-up.
    pub async fn start(platform: Platform, fans: u32) -> Result<Self, Problem> {
        let running = platform.start().await?;
        let origin = running.server_origin();
        let password = running.make_operator().await?;
        let operator = Operator::sign_in(origin.clone(), OPERATOR_EMAIL, &password).await?;
        let opens_at_ms = crate::clock::now_ms() + 2_000;
        let sale = operator.put_on_sale(&Show::plain(), &plan::hall(2 * fans, 200, &[]).0, opens_at_ms, &RULES).await?;
        let sessions = operator.mint_fans(&sale, fans as usize).await?;
        let until_open = opens_at_ms + 100 - crate::clock::now_ms();
        tokio::time::sleep(Duration::from_millis(u64::try_from(until_open).unwrap_or(0))).await;
        let pool = Pool::new(origin.clone(), SET_UP_CONNECTIONS, Duration::from_secs(30));
        let let_in = |(index, session): (u32, String)| let_in(&pool, &sale, index, session);
        let fans = stream::iter((0..).zip(sessions)).map(let_in).buffered(SET_UP_CONNECTIONS).try_collect().await?;
        Ok(Self { running, origin, sale, fans })
    }

    /// What the peer is to be asked: the same by the same fans, who hold nothing there.
    pub fn sources(&self, connections: usize) -> Vec<Holds> {
        share_out(self.fans.clone(), connections).into_iter().map(|fans| Holds::new(&self.sale, fans)).collect()
    }

    /// One round; gives it and the number of seats that are not as the acknowledged holds say.
    ///
    /// # Errors
    /// If a connection fails, or the server ends.
    pub async fn round(&mut self, connections: usize, window: Window, tick_us: f64) -> Result<(Round, u64), Problem> {
        let id =
            self.running.server_id().ok_or_else(|| Problem::new("server_ended", "The server under test has ended."))?;
        let shares = share_out(std::mem::take(&mut self.fans), connections).into_iter();
        let sources = shares.map(|fans| Holds::new(&self.sale, fans)).collect();
        let cpu_us = || cpu::ticks_of_process(id).map_or(f64::NAN, |ticks| ticks as f64 * tick_us);
        let (round, sources) = closed_loop::run(&self.origin, sources, window, tick_us, cpu_us).await?;
        self.fans = sources.into_iter().flat_map(Holds::into_fans).collect();
        let wrong = self.count_wrong().await?;
        Ok((round, wrong))
    }

    /// Seats whose state is not what the last acknowledged holds say: held by one fan, and everything else free.
    async fn count_wrong(&self) -> Result<u64, Problem> {
        let unreadable = |why: String| Problem::new("seats_unreadable", "The seat map cannot be read.").internal(why);
        let pool = Pool::new(self.origin.clone(), 1, Duration::from_secs(30));
        // The map may lag behind by the age up to which it is served from memory.
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        let path = format!("/v1/sales/{}/seats", self.sale);
        let answer = pool.send(&Request::new("GET", &path)).await.map_err(|lost| unreadable(lost.to_string()))?;
        let seats: Seats = serde_json::from_slice(&answer.body).map_err(|error| unreadable(error.to_string()))?;
        let packed = base64::engine::general_purpose::STANDARD.decode(seats.seats.unwrap_or_default());
        let packed = packed.map_err(|error| unreadable(error.to_string()))?;
        let (mut expected, mut found) = (vec![0u8; 2 * self.fans.len()], vec![u8::MAX; 2 * self.fans.len()]);
        unpack(&packed, &mut found);
        for seat in self.fans.iter().filter_map(|fan| fan.held) {
            expected[seat as usize] = 1;
        }
        Ok(expected.iter().zip(&found).filter(|(expected, found)| expected != found).count() as u64)
    }

    /// Stops the server.
    ///
    /// # Errors
    /// If it does not stop when asked to.
    pub async fn stop(self) -> Result<(), Problem> {
        self.running.stop().await
    }
}

/// Lets one fan in: joins, looks at the place for an admission pass, and enters, which gives the pass to choose with.
async fn let_in(pool: &Pool, sale: &str, index: u32, session: String) -> Result<Holder, Problem> {
    let line = format!("/v1/sales/{sale}/line");
    let mut pass = None;
    for (method, path) in [("POST", line.clone()), ("GET", format!("{line}/me")), ("POST", format!("{line}/me/enter"))]
    {
        let request = Request::new(method, &path).session(&session).pass(pass.as_deref());
        let answer = pool.send(&request).await;
        let answer = answer.map_err(|lost| Problem::new("server_silent", "A fan got no answer.").internal(lost))?;
        if !(200..300).contains(&answer.status) {
            let sentence = format!("A fan could not be let in: {path} answered {}.", answer.status);
            return Err(Problem::new("server_refused", sentence));
        }
        pass = answer.admission_pass.or(pass);
    }
    Ok(Holder::new(index, session, pass.unwrap_or_default()))
}
