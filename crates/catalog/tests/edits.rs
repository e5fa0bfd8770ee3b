//! What is changed later: only from the version that was read, and never what people buy.
#![expect(clippy::unwrap_used, reason = "test")]

use catalog::pretix_plan::import;
use catalog::{
    CatalogStore, Category, NewEvent, NewPerformance, NewSale, NewVenue, PerformanceDetails, PlanId, Search, time,
};
use domain::{Currency, EventId, OrganiserId, PerformanceId, Problem, SeatIndex, Timestamp, VenueId};
use serde_json::json;

const DAY: i64 = 86_400_000;

fn instant(text: &str) -> Timestamp {
    time::parse_rfc3339(text, "").unwrap()
}

fn starts_at() -> Timestamp {
    instant("2027-03-06T19:00:00+09:00")
}

fn opens_at() -> Timestamp {
    instant("2027-02-01T20:00:00+09:00")
}

fn before() -> Timestamp {
    Timestamp::from_millis(opens_at().as_millis() - 1)
}

/// A hall with an event that can be put on sale; of its three seats the middle one is blocked.
struct Hall {
    store: CatalogStore,
    organiser: OrganiserId,
    venue: VenueId,
    event: EventId,
    performance: PerformanceId,
    plan: PlanId,
}

impl Hall {
    async fn new() -> Self {
        let store = CatalogStore::in_memory().await.unwrap();
        let organiser = store.create_organiser("Hanok Live").await.unwrap();
        let venue = store.create_venue(organiser, &venue("Small hall")).await.unwrap();
        let event = NewEvent { name: "Spring concert".into(), ..NewEvent::default() };
        let event = store.create_event(organiser, &event).await.unwrap();
        let details = PerformanceDetails::new(venue, starts_at());
        let performance = store.create_performance(organiser, &NewPerformance { event, details }).await.unwrap();
        let seat = |number: i32| {
            json!({"seat_guid": number.to_string(), "seat_number": number.to_string(), "category": "R",
                "position": {"x": 24 * number, "y": 0}, "blocked": number == 2})
        };
        let plan = json!({"name": "Hall", "categories": [{"name": "R", "color": "#112233"}], "zones": [
            {"name": "Stalls", "position": {"x": 0, "y": 0}, "rows": [{"row_number": "1", "seats": [seat(1), seat(2), seat(3)]}]},
        ]});
        let plan = store.create_plan(organiser, import(plan.to_string().as_bytes(), None).unwrap()).await.unwrap();
        assert_eq!(plan.blocked, 1);
        Self { store, organiser, venue, event, performance, plan: plan.id }
    }

    fn sale(&self) -> NewSale {
        NewSale {
            performance: self.performance,
            plan: self.plan,
            opens_at: opens_at(),
            currency: Currency::from_code(*b"KRW"),
            prices: vec![99_000],
            capacity: None,
            rate: None,
            admissions_max: None,
            grace_seconds: 120,
            select_seconds: 600,
            pay_seconds: 420,
            tickets_per_buyer_max: 3,
            rehearsal: false,
        }
    }

    /// The same performance, changed from version 1 at an instant.
    async fn change(&self, details: PerformanceDetails, now: Timestamp) -> Result<(), Problem> {
        self.store.change_performance(self.performance, 1, &details, now).await
    }

    fn same(&self) -> PerformanceDetails {
        PerformanceDetails::new(self.venue, starts_at())
    }
}

fn venue(name: &str) -> NewVenue {
    NewVenue { name: name.into(), time_zone: "Asia/Seoul".into(), city: None }
}

fn refused(result: Result<(), Problem>, code: &str, field: &str) {
    let problem = result.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), (code, Some(field)), "{problem}");
}

#[tokio::test]
async fn an_event_is_changed_once_from_each_version_and_found_by_its_new_name_at_once() {
    let hall = Hall::new().await;
    let find = async |text: &str| {
        let search = Search { text: Some(text.into()), ..Search::default() };
        hall.store.search(&search, None, 10, starts_at()).await.unwrap().events
    };
    assert_eq!(find("spring").await.len(), 1, "the listing is in memory now");
    let new = NewEvent {
        name: " Autumn concert ".into(),
        description: Some("Late.".into()),
        category: Some(Category::Concert),
    };
    hall.store.change_event(hall.event, 1, &new).await.unwrap();
    assert_eq!(find("spring").await.len(), 0);
    let found = find("autumn").await.remove(0);
    assert_eq!(
        (found.name.as_str(), found.description.as_deref(), found.version),
        ("Autumn concert", Some("Late."), 2)
    );
    refused(hall.store.change_event(hall.event, 1, &new).await, "changed_meanwhile", "/version");
    assert_eq!(hall.store.change_event(EventId::new(99), 1, &new).await.unwrap_err().code, "event_unknown");
    let nameless = NewEvent { name: " ".into(), ..new };
    refused(hall.store.change_event(hall.event, 2, &nameless).await, "name_invalid", "/name");
    assert_eq!(find("autumn").await[0].version, 2, "a refusal changes nothing");
}

#[tokio::test]
async fn before_the_opening_everything_of_a_performance_may_change() {
    let hall = Hall::new().await;
    hall.store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    let elsewhere = hall.store.create_venue(hall.organiser, &venue("Large hall")).await.unwrap();
    let later = Timestamp::from_millis(starts_at().as_millis() + DAY);
    let doors_at = Some(Timestamp::from_millis(later.as_millis() - DAY / 24));
    let new = PerformanceDetails { venue: elsewhere, starts_at: later, doors_at, note: Some(" Bring a coat. ".into()) };
    hall.change(new, before()).await.unwrap();
    let changed = hall.store.performance(hall.performance).await.unwrap();
    assert_eq!((changed.version, changed.details.venue, changed.details.starts_at), (2, elsewhere, later));
    assert_eq!((changed.details.doors_at, changed.details.note.as_deref()), (doors_at, Some("Bring a coat.")));
    refused(hall.change(hall.same(), before()).await, "changed_meanwhile", "/version");
    let entry = hall.store.event(hall.event, before()).await.unwrap().performances.remove(0);
    assert_eq!(
        (entry.doors_at.as_deref(), entry.venue.name.as_str()),
        (Some("2027-03-07T18:00:00+09:00"), "Large hall")
    );
}

#[tokio::test]
async fn after_the_opening_place_and_time_stay_and_the_doors_may_move() {
    let hall = Hall::new().await;
    hall.store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    let elsewhere = hall.store.create_venue(hall.organiser, &venue("Large hall")).await.unwrap();
    let later = Timestamp::from_millis(starts_at().as_millis() + DAY);
    let moved = PerformanceDetails { venue: elsewhere, ..hall.same() };
    refused(hall.change(moved, opens_at()).await, "sale_begun", "/venue");
    let postponed = PerformanceDetails { starts_at: later, ..hall.same() };
    refused(hall.change(postponed, opens_at()).await, "sale_begun", "/starts_at");
    let zone = NewVenue { time_zone: "Asia/Tokyo".into(), ..venue("Small hall") };
    refused(hall.store.change_venue(hall.venue, 1, &zone, opens_at()).await, "sale_begun", "/time_zone");
    let doors = PerformanceDetails { doors_at: Some(opens_at()), note: Some("No bags.".into()), ..hall.same() };
    hall.change(doors, opens_at()).await.unwrap();
    hall.store.change_venue(hall.venue, 1, &venue("The small hall"), opens_at()).await.unwrap();
    let venues = hall.store.venues_of(hall.organiser).await.unwrap();
    assert!(venues.iter().any(|venue| venue.name == "The small hall" && venue.version == 2), "{venues:?}");
    refused(hall.store.change_venue(hall.venue, 1, &zone, before()).await, "changed_meanwhile", "/version");
}

#[tokio::test]
async fn a_wrong_change_is_pointed_at() {
    let hall = Hall::new().await;
    hall.store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    let after = Some(Timestamp::from_millis(starts_at().as_millis() + 1));
    refused(
        hall.change(PerformanceDetails { doors_at: after, ..hall.same() }, before()).await,
        "time_invalid",
        "/doors_at",
    );
    let early = PerformanceDetails { starts_at: opens_at(), ..hall.same() };
    refused(hall.change(early, before()).await, "setting_invalid", "/starts_at");
    let other = hall.store.create_organiser("Other").await.unwrap();
    let theirs = hall.store.create_venue(other, &venue("Theirs")).await.unwrap();
    let moved = PerformanceDetails { venue: theirs, ..hall.same() };
    refused(hall.change(moved, before()).await, "venue_unknown", "/venue");
}

#[tokio::test]
async fn a_rehearsal_is_in_no_list_and_leaves_its_performance_free() {
    let hall = Hall::new().await;
    let rehearsal = NewSale { rehearsal: true, ..hall.sale() };
    let first = hall.store.create_sale(hall.organiser, &rehearsal).await.unwrap();
    let second = hall.store.create_sale(hall.organiser, &rehearsal).await.unwrap();
    let real = hall.store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    assert_eq!(hall.store.create_sale(hall.organiser, &hall.sale()).await.unwrap_err().code, "sale_exists");
    for (sale, rehearses) in [(first, true), (second, true), (real, false)] {
        assert_eq!(hall.store.sale_page(sale).await.unwrap().rehearsal, rehearses);
        assert_eq!(hall.store.sale(sale).await.unwrap().settings.rehearsal, rehearses);
    }
    let listed = hall.store.event(hall.event, before()).await.unwrap().performances;
    assert_eq!(listed.iter().map(|it| it.sale.map(|sale| sale.id)).collect::<Vec<_>>(), [Some(real)]);
}

#[tokio::test]
async fn blocked_seats_of_a_plan_are_due_until_they_are_taken_out() {
    let hall = Hall::new().await;
    assert_eq!(hall.store.whole_plan(hall.plan).await.unwrap().blocked, [SeatIndex(1)]);
    assert_eq!(hall.store.plans_of(hall.organiser).await.unwrap()[0].blocked, 1);
    let sale = hall.store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    assert_eq!(hall.store.blocks_due(sale).await.unwrap(), [SeatIndex(1)]);
    hall.store.blocks_done(sale).await.unwrap();
    assert_eq!(hall.store.blocks_due(sale).await.unwrap(), []);
}

#[tokio::test]
async fn organisers_are_listed_page_by_page() {
    let store = CatalogStore::in_memory().await.unwrap();
    for name in ["One", "Two", "Three"] {
        store.create_organiser(name).await.unwrap();
    }
    let (first, next) = store.organisers(None, 2).await.unwrap();
    assert_eq!(first.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Three", "Two"]);
    let (rest, end) = store.organisers(next.as_deref(), 2).await.unwrap();
    assert_eq!((rest.len(), rest[0].name.as_str(), end), (1, "One", None));
    assert_eq!(store.organisers(Some("nonsense"), 2).await.unwrap_err().code, "cursor_invalid");
}
