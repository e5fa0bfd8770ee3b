//! The organiser's hand on the model.

use sale::{Command, Pace, PlaceStage, Rate};

use crate::model::{Model, Run, Told};

impl Model {
    pub fn control(&mut self, command: &Command, now: i64) -> Told {
        match (command, self.run) {
            (Command::Announce { text }, _) => self.message.clone_from(text),
            (Command::Throttle { permille }, run) if run != Run::Closed => {
                if *permille > 1_000 {
                    return Err("throttle_invalid".into());
                }
                self.throttle = *permille;
            }
            (Command::SetPace { pace }, run) if run != Run::Closed => {
                let length = |pace: &sale::Pace| pace.rate.map(|rate| rate.interval);
                if length(pace) != length(&self.settings.pace) {
                    self.entries.clear();
                }
                self.settings.pace = *pace;
            }
            (Command::Close, run) => {
                let choosing = [PlaceStage::Admitted, PlaceStage::Selecting];
                for index in 0..self.people.len() {
                    if run != Run::Closed && choosing.contains(&self.people[index].stage) {
                        self.go(index, PlaceStage::Left);
                    }
                }
                self.run = Run::Closed;
            }
            (_, Run::Closed) => return Err("sale_closed".into()),
            (_, Run::Scheduled) => return Err("sale_not_open".into()),
            (Command::Pause, Run::Open) => self.run = Run::Paused(now),
            (Command::Resume, Run::Paused(since)) => {
                for index in 0..self.people.len() {
                    if self.people[index].stage.is_active() && self.is_frozen(index) {
                        self.people[index].until += now - since;
                    }
                }
                self.run = Run::Open;
            }
            _ => {}
        }
        Ok("done".into())
    }

    /// The pace that is set, throttled.
    pub fn pace(&self) -> Pace {
        let share = f64::from(self.throttle) / 1_000.0;
        let scale = |count: u32| match (f64::from(count) * share) as u32 {
            0 if count > 0 && self.throttle > 0 => 1,
            scaled => scaled,
        };
        let Pace { capacity, rate, admissions_max } = self.settings.pace;
        let capacity = if self.throttle == 0 { Some(0) } else { capacity.map(scale) };
        Pace { capacity, rate: rate.map(|rate| Rate { count: scale(rate.count), ..rate }), admissions_max }
    }
}
