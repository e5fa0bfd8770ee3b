//! Orders, payments and tickets of the model.

use domain::OrderId;
use sale::{Command, OrderStage, PlaceStage};

use crate::model::{Bill, Model, Run, Told};

impl Model {
    /// The commands about orders.
    pub fn money(&mut self, command: &Command, now: i64) -> Told {
        match command {
            Command::BeginCheckout { account, order } => {
                self.running(now)?;
                let person = self.choosing(*account)?;
                let (_, things) = self.people[person].hold.clone().ok_or("nothing_held")?;
                if self.bills.contains_key(order) {
                    return Err("order_exists".into());
                }
                let (account, total, stage) = (*account, self.price(&things), OrderStage::Paying);
                let (captured, settled, page, first_serial) = (None, false, false, None);
                let bill = Bill { account, person, things, total, stage, captured, settled, page, first_serial };
                self.bills.insert(*order, bill);
                let until = now + i64::from(self.settings.pay_time.as_millis());
                let buyer = &mut self.people[person];
                (buyer.stage, buyer.order, buyer.until) = (PlaceStage::Paying, Some(*order), until);
                if total == 0 {
                    self.issue(*order);
                }
                Ok(self.bill_told(*order))
            }
            Command::CancelOrder { account, order } => {
                let bill = self.bills.get(order).filter(|bill| bill.account == *account).ok_or("order_unknown")?;
                match bill.stage {
                    OrderStage::Paying => self.give_up(*order, OrderStage::Cancelled),
                    OrderStage::Cancelled => {}
                    _ => return Err("order_not_open".into()),
                }
                Ok(self.bill_told(*order))
            }
            Command::RefundOrder { order } => {
                match self.bill(*order)?.stage {
                    OrderStage::Paid => self.send_back(*order),
                    OrderStage::RefundPending | OrderStage::Refunded => {}
                    _ => return Err("order_not_paid".into()),
                }
                Ok(self.bill_told(*order))
            }
            command => self.report(command),
        }
    }

    /// What the provider reports.
    fn report(&mut self, command: &Command) -> Told {
        match command {
            Command::RecordPaymentOpened { order, .. } => {
                let bill = self.bill(*order)?;
                bill.page |= bill.captured.is_none();
            }
            Command::RecordPaymentDeclined { order } => {
                self.bill(*order)?;
            }
            Command::RecordPaymentCaptured { order, amount, .. } => {
                let bill = self.bill(*order)?;
                if bill.captured.is_none() && bill.total != 0 {
                    bill.captured = Some(amount.amount);
                    bill.settled = true;
                    self.taken += amount.amount;
                    if self.buys(*order) {
                        self.issue(*order)
                    } else {
                        self.send_back(*order)
                    }
                    return Ok(self.bill_told(*order));
                }
            }
            Command::RecordPaymentCancelled { order } => {
                let bill = self.bill(*order)?;
                if !bill.settled {
                    bill.settled = true;
                    if bill.stage == OrderStage::Paying {
                        self.give_up(*order, OrderStage::Cancelled);
                    }
                }
            }
            Command::RecordRefund { order } => {
                let bill = self.bill(*order)?;
                match bill.stage {
                    OrderStage::RefundPending => {
                        bill.stage = OrderStage::Refunded;
                        self.refunded += self.bills[order].captured.unwrap_or(0);
                        return Ok(self.bill_told(*order));
                    }
                    // Sent back at the provider, unasked.
                    OrderStage::Paid if bill.captured.is_some() => {
                        self.send_back(*order);
                        self.bill(*order)?.stage = OrderStage::Refunded;
                        self.refunded += self.bills[order].captured.unwrap_or(0);
                        return Ok(self.bill_told(*order));
                    }
                    OrderStage::Refunded => {}
                    _ => return Err("order_not_paid".into()),
                }
            }
            other => panic!("{other:?} is not about money"),
        }
        Ok("done".into())
    }

    fn bill(&mut self, order: OrderId) -> Result<&mut Bill, String> {
        self.bills.get_mut(&order).ok_or("order_unknown".into())
    }

    fn bill_told(&self, order: OrderId) -> String {
        let bill = &self.bills[&order];
        format!("order {order} {:?} {} {:?}", bill.stage, bill.total, bill.first_serial)
    }

    /// Whether captured money buys the tickets: in time always, late if the seats are there and within the limit.
    fn buys(&self, order: OrderId) -> bool {
        let bill = &self.bills[&order];
        let holding = self.people.iter().filter(|person| person.account == bill.account);
        let held: u32 = holding.filter_map(|person| person.hold.as_ref()).map(|(_, things)| things.count()).sum();
        let wanted = self.bought(bill.account) + held + bill.things.count();
        bill.captured == Some(bill.total)
            && match bill.stage {
                OrderStage::Paying => true,
                OrderStage::Expired => {
                    self.run != Run::Closed
                        && wanted <= self.settings.tickets_per_buyer_max
                        && bill.things.seats.iter().all(|seat| self.is_free(*seat))
                        && bill.things.people <= self.people_free()
                }
                _ => false,
            }
    }

    fn issue(&mut self, order: OrderId) {
        let bill = self.bills.get_mut(&order).unwrap();
        let in_time = bill.stage == OrderStage::Paying;
        bill.stage = OrderStage::Paid;
        bill.settled = true;
        bill.first_serial = Some(self.tickets.len() as u32 + 1);
        self.tickets.extend((0..bill.things.count()).map(|_| false));
        let person = bill.person;
        if in_time {
            self.go(person, PlaceStage::Done);
        }
    }

    fn give_up(&mut self, order: OrderId, stage: OrderStage) {
        let bill = self.bills.get_mut(&order).unwrap();
        bill.stage = stage;
        let person = bill.person;
        self.go(person, PlaceStage::Left);
    }

    fn send_back(&mut self, order: OrderId) {
        let bill = &self.bills[&order];
        if bill.stage == OrderStage::Paying {
            let person = bill.person;
            self.go(person, PlaceStage::Left);
        }
        let bill = self.bills.get_mut(&order).unwrap();
        bill.stage = if bill.captured.is_some() { OrderStage::RefundPending } else { OrderStage::Refunded };
    }

    /// The order of a ticket.
    pub fn bill_of(&self, serial: u32) -> Option<&Bill> {
        self.bills
            .values()
            .find(|bill| bill.first_serial.is_some_and(|first| (first..first + bill.things.count()).contains(&serial)))
    }

    /// The gate.
    pub fn check_in(&mut self, serial: u32) -> Told {
        let bill = self.bill_of(serial).ok_or("ticket_unknown")?;
        if bill.stage != OrderStage::Paid {
            return Err("ticket_void".into());
        }
        let used = &mut self.tickets[serial as usize - 1];
        if std::mem::replace(used, true) { Err("ticket_already_used".into()) } else { Ok("done".into()) }
    }
}
