//! Orders on the wire.

use domain::Timestamp;
use sale::{OrderStage, OrderView};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ItemBody, MoneyBody};
use crate::sales::FanSale;

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderBody<'a> {
    /// `ord_…`
    pub id: String,
    /// `sale_…`
    pub sale: String,
    /// `paying`, `paid`, `expired`, `cancelled`, `refund_pending` or `refunded`.
    #[schema(value_type = String)]
    pub stage: OrderStage,
    /// One for each ticket.
    pub items: Vec<ItemBody<'a>>,
    /// What it costs.
    pub total: MoneyBody,
    /// The provider's page, while it can be paid and once the provider has made it.
    pub payment_url: Option<String>,
    /// The end of the pay time, while it runs.
    #[schema(value_type = Option<i64>)]
    pub deadline_ms: Option<Timestamp>,
    /// Its tickets, `sale_1-17`.
    pub tickets: Vec<String>,
    /// When it began.
    #[schema(value_type = i64)]
    pub created_at_ms: Timestamp,
    /// The server's clock.
    #[schema(value_type = i64)]
    pub server_time_ms: Timestamp,
}

/// A page of orders, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrdersPage<'a> {
    /// The orders.
    pub orders: Vec<OrderBody<'a>>,
    /// Give it as `after` for the next page.
    pub next: Option<String>,
}

/// Who bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuyerBody {
    /// `acct_…`
    pub id: String,
    /// The address the account signs in with.
    pub email: String,
    /// What the person is called.
    pub name: Option<String>,
}

/// An order as the organiser sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleOrderBody<'a> {
    /// The order.
    #[serde(flatten)]
    pub order: OrderBody<'a>,
    /// Who bought.
    pub buyer: BuyerBody,
}

/// A page of a sale's orders, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleOrdersPage<'a> {
    /// The orders.
    pub orders: Vec<SaleOrderBody<'a>>,
    /// Give it as `after` for the next page.
    pub next: Option<String>,
}

impl FanSale {
    /// An order on the wire.
    pub fn order_body(&self, view: &OrderView, now: Timestamp) -> OrderBody<'_> {
        let sale = self.desk.sale();
        let (first, count) = view.tickets.unwrap_or((0, 0));
        OrderBody {
            id: view.id.to_string(),
            sale: sale.to_string(),
            stage: view.stage,
            items: self.labels().items(&view.items),
            total: view.total.into(),
            payment_url: view.page_url.clone(),
            deadline_ms: view.deadline,
            tickets: (first..first + count).map(|serial| tickets::TicketId { sale, serial }.to_string()).collect(),
            created_at_ms: view.created_at,
            server_time_ms: self.time(now),
        }
    }
}
