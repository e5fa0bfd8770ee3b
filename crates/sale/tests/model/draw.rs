//! The lobby and the draw of the model.

use domain::AccountId;
use sale::line::draw;
use sale::{Command, PlaceStage};

use crate::model::{Model, Person, Run, Told};

/// Who came before the draw, in the order of arrival, and whether in time.
#[derive(Debug, Default)]
pub struct Lobby {
    pub promised: Option<([u8; 32], i64)>,
    pub arrived: Vec<(AccountId, bool)>,
    revealed: Option<[u8; 32]>,
}

impl Lobby {
    pub fn holds(&self, account: AccountId) -> bool {
        self.arrived.iter().any(|(other, _)| *other == account)
    }

    pub fn may_join(&self, now: i64) -> Result<(), String> {
        match self.promised {
            None => Err("sale_not_open".into()),
            Some((_, from)) if now < from => Err("lobby_not_open".into()),
            Some(_) => Ok(()),
        }
    }

    /// Whether this is a new arrival.
    pub fn join(&mut self, account: AccountId, in_time: bool) -> bool {
        let is_new = !self.holds(account);
        self.arrived.extend(is_new.then_some((account, in_time)));
        is_new
    }

    /// Whether somebody left.
    pub fn leave(&mut self, account: AccountId) -> bool {
        let before = self.arrived.len();
        self.arrived.retain(|(other, _)| *other != account);
        self.arrived.len() < before
    }
}

impl Model {
    pub fn draw(&mut self, command: &Command, now: i64) -> Told {
        let opens_at = self.settings.opens_at.as_millis();
        match command {
            Command::SetLobby { commitment, gathers_from } => {
                let promise = Some((*commitment, gathers_from.as_millis()));
                match self.run {
                    Run::Closed => return Err("sale_closed".into()),
                    _ if self.lobby.promised == promise => {}
                    Run::Scheduled if now < opens_at && self.lobby.arrived.is_empty() => {
                        if gathers_from.as_millis() >= opens_at {
                            return Err("lobby_time_wrong".into());
                        }
                        self.lobby.promised = promise;
                    }
                    _ => return Err("lobby_fixed".into()),
                }
            }
            Command::OpenDraw { seed } => {
                let (commitment, _) = self.lobby.promised.ok_or("no_lobby")?;
                match (self.lobby.revealed, self.run) {
                    (Some(revealed), _) if revealed == *seed => {}
                    (Some(_), _) => return Err("seed_wrong".into()),
                    (None, Run::Closed) => return Err("sale_closed".into()),
                    _ if now < opens_at => return Err("sale_not_open".into()),
                    _ if draw::commit(seed) != commitment => return Err("seed_wrong".into()),
                    _ => self.open_by(*seed),
                }
            }
            other => panic!("{other:?} is not about the draw"),
        }
        Ok("done".into())
    }

    fn open_by(&mut self, seed: [u8; 32]) {
        self.lobby.revealed = Some(seed);
        self.run = Run::Open;
        let (early, late): (Vec<_>, Vec<_>) = self.lobby.arrived.drain(..).partition(|(_, in_time)| *in_time);
        let order = draw::order(&seed, early.len() as u32);
        for (account, _) in order.into_iter().map(|index| early[index as usize]).chain(late) {
            self.people.push(Person { account, stage: PlaceStage::Waiting, until: i64::MAX, hold: None, order: None });
        }
    }
}
