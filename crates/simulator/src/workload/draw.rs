//! The host of a draw: promises it before anybody comes, and reveals the seed at the opening, however often it takes.

use domain::{Duration, Problem, Timestamp};
use sale::line::draw::commit;
use sale::{Command, Recorded, Sale, Stage};

use crate::world::dice::Dice;
use crate::world::network::Sender;
use crate::world::{Happening, World};

/// So many evenings in a thousand begin with a draw.
const DRAWS: u32 = 250;

/// A promise to draw, in some evenings; the seed if there is one. `dice` are not those of the evening, whose course
/// else is the same with a draw and without.
pub(crate) fn promise(
    sale: &mut Sale,
    dice: &mut Dice,
    journal: &mut Vec<Recorded>,
) -> Result<Option<[u8; 32]>, Problem> {
    let opens_at = sale.settings().opens_at;
    if !dice.chance(DRAWS) || opens_at.as_millis() == 0 {
        return Ok(None);
    }
    let mut seed = [0; 32];
    seed.fill_with(|| dice.below(256) as u8);
    let gathers_from = Timestamp::from_millis(i64::from(dice.below(opens_at.as_millis() as u32)));
    let command = Command::SetLobby { commitment: commit(&seed), gathers_from };
    sale.handle(&command.into(), Timestamp::from_millis(0), journal).map_err(Problem::from)?;
    Ok(Some(seed))
}

impl World {
    /// The seed is sent until the order is drawn: messages are lost, and writers die. The longer it is refused, the rarer:
    /// where a clock was set back by days, the opening is days away.
    pub(crate) fn host_draws(&mut self, seed: [u8; 32]) {
        let sale = &self.reader.sale;
        let sale_opens_ms = sale.settings().opens_at.as_millis();
        if sale.lobby().seed().is_none() && sale.stage() == Stage::Scheduled {
            self.tell(Sender::Organiser, Command::OpenDraw { seed });
            let late_ms = self.clock.now().as_millis() - sale_opens_ms;
            let pause_ms = u32::try_from(late_ms / 10).unwrap_or(u32::MAX).max(700);
            self.clock.after(Duration::from_millis(pause_ms), Happening::HostDraws { seed });
        }
    }
}
