//! The catalog on a real SQLite file and on a real server: what was entered is there after a restart, and wrong entries are refused.
#![expect(clippy::unwrap_used, reason = "test")]

use catalog::pretix_plan::import;
use catalog::{
    CatalogStore, Category, Found, NewEvent, NewPerformance, NewSale, NewVenue, PerformanceDetails, PlanId, Rate,
    Search, time,
};
use database::Place;
use domain::{Currency, EventId, OrganiserId, PerformanceId, Problem, SaleId, Timestamp, VenueId, limits};
use serde_json::json;
use test_support::tables;

const KRW: Currency = Currency::from_code(*b"KRW");

/// A plan of three seats at two price levels and a standing area of 40.
fn small_plan() -> catalog::Imported {
    let seat = |guid: &str, x: i32, category: &str| {
        let position = json!({"x": x, "y": 0});
        json!({"seat_guid": guid, "seat_number": guid, "position": position, "category": category})
    };
    let plan = json!({
        "name": "Small hall",
        "categories": [{"name": "R", "color": "#112233"}, {"name": "S", "color": "#445566"}],
        "zones": [{"name": "Stalls", "position": {"x": 0, "y": 0},
            "rows": [{"row_number": "1", "seats": [seat("1", 0, "R"), seat("2", 24, "R"), seat("3", 48, "S")]}],
            "areas": [
                {"shape": "circle", "position": {"x": 9, "y": 9}, "circle": {"radius": 5},
                 "onsale": {"capacity": 40, "category": "S"}},
                {"shape": "text", "text": {"text": "Stage", "position": {"x": 1, "y": 2}}},
            ]}],
    });
    import(plan.to_string().as_bytes(), None).unwrap()
}

fn a_venue(name: &str, time_zone: &str) -> NewVenue {
    NewVenue { name: name.to_owned(), time_zone: time_zone.to_owned(), city: None }
}

fn an_event(name: &str) -> NewEvent {
    NewEvent { name: name.to_owned(), ..NewEvent::default() }
}

fn at(event: EventId, venue: VenueId, starts_at: Timestamp) -> NewPerformance {
    NewPerformance { event, details: PerformanceDetails::new(venue, starts_at) }
}

/// A page of everything.
async fn listed(store: &CatalogStore, after: Option<&str>, limit: usize) -> Result<Found, Problem> {
    store.search(&Search::default(), after, limit, Timestamp::from_millis(0)).await
}

/// The names of what is found, as of the first of January 2027.
async fn found(store: &CatalogStore, search: Search) -> Vec<String> {
    let now = time::parse_rfc3339("2027-01-01T00:00:00Z", "").unwrap();
    let found = store.search(&search, None, 100, now).await.unwrap();
    found.events.into_iter().map(|event| event.name).collect()
}

/// A hall with an event that can be put on sale.
struct Hall {
    store: CatalogStore,
    organiser: OrganiserId,
    venue: VenueId,
    event: EventId,
    performance: PerformanceId,
    plan: PlanId,
}

impl Hall {
    async fn at(place: &Place) -> Self {
        let store = CatalogStore::open(place).await.unwrap();
        let organiser = store.create_organiser("Hanok Live").await.unwrap();
        let venue = store.create_venue(organiser, &a_venue(" Small hall ", "asia/seoul")).await.unwrap();
        let event = store.create_event(organiser, &an_event("Spring concert")).await.unwrap();
        let plan = store.create_plan(organiser, small_plan()).await.unwrap().id;
        let starts_at = time::parse_rfc3339("2027-03-06T19:00:00+09:00", "/starts_at").unwrap();
        let performance = store.create_performance(organiser, &at(event, venue, starts_at)).await.unwrap();
        Self { store, organiser, venue, event, performance, plan }
    }

    fn sale(&self) -> NewSale {
        NewSale {
            performance: self.performance,
            plan: self.plan,
            opens_at: time::parse_rfc3339("2027-02-01T20:00:00+09:00", "/opens_at").unwrap(),
            currency: KRW,
            prices: vec![99_000, 0],
            capacity: Some(200),
            rate: Some(Rate { count: 50, interval_seconds: 10 }),
            admissions_max: None,
            grace_seconds: 120,
            select_seconds: 600,
            pay_seconds: 420,
            tickets_per_buyer_max: 3,
            rehearsal: false,
        }
    }
}

#[tokio::test]
async fn a_sale_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let place = tables::place(folder.path(), "catalog.db").await.unwrap();
    let hall = Hall::at(&place).await;
    let sale = hall.store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    hall.store.close().await;

    let store = CatalogStore::open(&place).await.unwrap();
    let stored = store.sale(sale).await.unwrap();
    assert_eq!((stored.id, stored.organiser, stored.settings), (sale, hall.organiser, hall.sale()));
    assert_eq!(store.sale_ids().await.unwrap(), [sale]);
    assert_eq!(store.plan(hall.plan).await.unwrap(), small_plan().plan);
    assert_eq!(store.whole_plan(hall.plan).await.unwrap(), small_plan());
    assert_eq!(store.organiser(hall.organiser).await.unwrap().name, "Hanok Live");
    // A later row gets a new number.
    assert_ne!(store.create_event(hall.organiser, &an_event("Another")).await.unwrap(), hall.event);
}

#[tokio::test]
async fn the_page_of_a_sale_is_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::at(&tables::place(folder.path(), "catalog.db").await.unwrap()).await;
    let sale = hall.store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    let page = hall.store.sale_page(sale).await.unwrap();
    assert_eq!((page.plan, page.organiser.id), (hall.plan, hall.organiser));
    let expected = json!({
        "id": "sale_1",
        "event": {"id": "event_1", "name": "Spring concert"},
        "performance": {"id": "perf_1", "starts_at": "2027-03-06T19:00:00+09:00", "time_zone": "Asia/Seoul",
            "doors_at": null, "note": null},
        "venue": {"id": "venue_1", "name": "Small hall"},
        "opens_at_ms": 1_801_479_600_000_i64,
        "tickets_per_buyer_max": 3,
        "select_seconds": 600,
        "pay_seconds": 420,
        "currency": "KRW",
        "price_levels": [
            {"index": 0, "name": "R", "color": "#112233", "price": {"amount": 99_000, "currency": "KRW"}},
            {"index": 1, "name": "S", "color": "#445566", "price": {"amount": 0, "currency": "KRW"}},
        ],
        "capacity": 43,
        "rehearsal": false,
    });
    assert_eq!(serde_json::to_value(&page).unwrap(), expected);
    assert_eq!(hall.store.sale_page(SaleId::new(9)).await.unwrap_err().code, "sale_unknown");
}

#[tokio::test]
async fn a_wrong_setting_is_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::at(&tables::place(folder.path(), "catalog.db").await.unwrap()).await;
    let rate = |count, interval_seconds| Some(Rate { count, interval_seconds });
    let table: Vec<(NewSale, &str, &str)> = vec![
        (NewSale { prices: vec![1], ..hall.sale() }, "setting_invalid", "/prices"),
        (NewSale { prices: vec![1, -1], ..hall.sale() }, "setting_invalid", "/prices/1"),
        (NewSale { prices: vec![i64::MAX, 1], ..hall.sale() }, "setting_invalid", "/prices/0"),
        (NewSale { opens_at: Timestamp::from_millis(0), ..hall.sale() }, "time_invalid", "/opens_at"),
        (
            NewSale { opens_at: Timestamp::from_millis(1_804_327_200_000), ..hall.sale() },
            "setting_invalid",
            "/opens_at",
        ),
        (NewSale { capacity: Some(0), ..hall.sale() }, "setting_invalid", "/capacity"),
        (NewSale { rate: rate(0, 1), ..hall.sale() }, "setting_invalid", "/rate/count"),
        (NewSale { rate: rate(1, 0), ..hall.sale() }, "setting_invalid", "/rate/interval_seconds"),
        (NewSale { admissions_max: Some(0), ..hall.sale() }, "setting_invalid", "/admissions_max"),
        (NewSale { grace_seconds: 1, ..hall.sale() }, "setting_invalid", "/grace_seconds"),
        (NewSale { select_seconds: 1, ..hall.sale() }, "setting_invalid", "/select_seconds"),
        (NewSale { pay_seconds: 3_601, ..hall.sale() }, "setting_invalid", "/pay_seconds"),
        (NewSale { tickets_per_buyer_max: 0, ..hall.sale() }, "setting_invalid", "/tickets_per_buyer_max"),
        (
            NewSale { tickets_per_buyer_max: limits::TICKETS_PER_BUYER_MAX + 1, ..hall.sale() },
            "setting_invalid",
            "/tickets_per_buyer_max",
        ),
        (NewSale { plan: PlanId::new(99), ..hall.sale() }, "plan_unknown", "/plan"),
        (NewSale { performance: PerformanceId::new(99), ..hall.sale() }, "performance_unknown", "/performance"),
    ];
    for (sale, code, field) in table {
        let problem = hall.store.create_sale(hall.organiser, &sale).await.unwrap_err();
        assert_eq!((problem.code, problem.field.as_deref()), (code, Some(field)), "{sale:?}");
    }
    assert_eq!(hall.store.sale_ids().await.unwrap(), [], "nothing was kept of them");
}

#[tokio::test]
async fn a_performance_is_put_on_sale_once() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::at(&tables::place(folder.path(), "catalog.db").await.unwrap()).await;
    let sale = hall.sale();
    let attempts: Vec<_> = (0..8)
        .map(|_| {
            let (store, organiser, sale) = (hall.store.clone(), hall.organiser, sale.clone());
            tokio::spawn(async move { store.create_sale(organiser, &sale).await })
        })
        .collect();
    let mut created = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(_) => created += 1,
            Err(problem) => assert_eq!((problem.code, problem.field.as_deref()), ("sale_exists", Some("/performance"))),
        }
    }
    assert_eq!(created, 1);
}

#[tokio::test]
async fn an_organiser_reaches_only_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::at(&tables::place(folder.path(), "catalog.db").await.unwrap()).await;
    let store = &hall.store;
    let sale = store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    let other = store.create_organiser("Other").await.unwrap();
    let (venue, event) = (hall.venue, hall.event);
    let own_event = store.create_event(other, &an_event("Own")).await.unwrap();
    let starts_at = Timestamp::from_millis(1_804_327_200_000);
    let unknown = [
        store.create_performance(other, &at(event, venue, starts_at)).await.map(drop),
        store.create_performance(other, &at(own_event, venue, starts_at)).await.map(drop),
        store.create_sale(other, &hall.sale()).await.map(drop),
        store.create_event(OrganiserId::new(99), &an_event("Nobody's")).await.map(drop),
        store.create_venue(OrganiserId::new(99), &a_venue("Nobody's", "UTC")).await.map(drop),
        store.create_plan(OrganiserId::new(99), small_plan()).await.map(drop),
    ];
    let codes: Vec<_> = unknown.into_iter().map(|result| result.unwrap_err().code).collect();
    let organiser = "organiser_unknown";
    assert_eq!(codes, ["event_unknown", "venue_unknown", "performance_unknown", organiser, organiser, organiser]);
    let owner = Some(hall.organiser);
    assert_eq!(store.organiser_of_event(event).await.unwrap(), owner);
    assert_eq!(store.organiser_of_venue(venue).await.unwrap(), owner);
    assert_eq!(store.organiser_of_performance(hall.performance).await.unwrap(), owner);
    assert_eq!(store.organiser_of_plan(hall.plan).await.unwrap(), owner);
    assert_eq!(store.organiser_of_sale(sale).await.unwrap(), owner);
    assert_eq!(store.organiser_of_sale(SaleId::new(99)).await.unwrap(), None);
}

#[tokio::test]
async fn names_are_checked() {
    let store = CatalogStore::in_memory().await.unwrap();
    let organiser = store.create_organiser("Org").await.unwrap();
    for name in ["", " \t ", "a\nb", &"x".repeat(201)] {
        for result in [
            store.create_organiser(name).await.map(drop),
            store.create_event(organiser, &an_event(name)).await.map(drop),
            store.create_venue(organiser, &a_venue(name, "Europe/Vienna")).await.map(drop),
        ] {
            let problem = result.unwrap_err();
            assert_eq!((problem.code, problem.field.as_deref()), ("name_invalid", Some("/name")), "{name:?}");
        }
    }
    let problem = store.create_venue(organiser, &a_venue("Hall", "Europe/Wien")).await.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), ("time_zone_unknown", Some("/time_zone")));
}

#[tokio::test]
async fn following_the_cursor_shows_every_event_once_while_others_are_added() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::at(&tables::place(folder.path(), "catalog.db").await.unwrap()).await;
    let store = &hall.store;
    let sale = store.create_sale(hall.organiser, &hall.sale()).await.unwrap();
    let mut expected = vec![hall.event];
    for number in 1..=9 {
        expected.push(store.create_event(hall.organiser, &an_event(&format!("Event {number}"))).await.unwrap());
    }
    expected.reverse();

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = listed(store, after.as_deref(), 3).await.unwrap();
        assert!(page.events.len() <= 3);
        seen.extend(page.events);
        store.create_event(hall.organiser, &an_event("Added meanwhile")).await.unwrap();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.iter().map(|event| event.id).collect::<Vec<_>>(), expected);
    let first = seen.last().unwrap();
    assert_eq!(first.organiser.name, "Hanok Live");
    assert_eq!((first.performances.len(), first.performances[0].sale.unwrap().id), (1, sale));
    assert_eq!(first.performances[0].starts_at, "2027-03-06T19:00:00+09:00");
    assert_eq!(listed(store, Some("nonsense"), 3).await.unwrap_err().field.as_deref(), Some("/after"));
}

#[tokio::test]
async fn a_page_is_bounded_and_may_be_empty() {
    let store = CatalogStore::in_memory().await.unwrap();
    let empty = listed(&store, None, 20).await.unwrap();
    assert_eq!((empty.events.len(), empty.next), (0, None));
    let organiser = store.create_organiser("Org").await.unwrap();
    for number in 0..=limits::PAGE_ROWS_MAX {
        store.create_event(organiser, &an_event(&format!("Event {number}"))).await.unwrap();
    }
    let page = listed(&store, None, usize::MAX).await.unwrap();
    assert_eq!(page.events.len(), limits::PAGE_ROWS_MAX);
    let last = listed(&store, page.next.as_deref(), 0).await.unwrap();
    assert_eq!((last.events.len(), last.next), (1, None), "a limit of zero is one");
}

#[tokio::test]
async fn performances_of_an_event_are_listed_by_time_and_bounded() {
    let store = CatalogStore::in_memory().await.unwrap();
    let organiser = store.create_organiser("Org").await.unwrap();
    let venue = store.create_venue(organiser, &a_venue("Hall", "Europe/Vienna")).await.unwrap();
    let event = store.create_event(organiser, &an_event("Run")).await.unwrap();
    let max = catalog::store::performances::PERFORMANCES_PER_EVENT_MAX;
    let on = |day: i64| at(event, venue, Timestamp::from_millis(1_800_000_000_000 - day * 86_400_000));
    for day in 0..max {
        store.create_performance(organiser, &on(day)).await.unwrap();
    }
    let problem = store.create_performance(organiser, &on(max)).await.unwrap_err();
    assert_eq!(problem.code, "too_many_performances");
    let listed = listed(&store, None, 1).await.unwrap().events.remove(0).performances;
    assert_eq!(listed.len(), usize::try_from(max).unwrap());
    assert!(listed.is_sorted_by_key(|performance| time::parse_rfc3339(&performance.starts_at, "").unwrap()));
}

#[tokio::test]
async fn the_shipped_arena_goes_on_sale() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::at(&tables::place(folder.path(), "catalog.db").await.unwrap()).await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plans/olympic-gymnastics-arena.json");
    let imported = import(&std::fs::read(path).unwrap(), Some("Arena")).unwrap();
    let plan = hall.store.create_plan(hall.organiser, imported.clone()).await.unwrap();
    assert_eq!((plan.name.as_str(), plan.seats, plan.areas, plan.capacity), ("Arena", 10_656, 2, 13_256));
    assert_eq!(hall.store.plan_summary(plan.id).await.unwrap(), plan);
    let new = NewSale { plan: plan.id, prices: vec![154_000, 165_000, 143_000, 121_000, 99_000], ..hall.sale() };
    let sale = hall.store.create_sale(hall.organiser, &new).await.unwrap();
    assert_eq!(hall.store.sale_page(sale).await.unwrap().price_levels.len(), 5);
    assert_eq!(hall.store.plan(plan.id).await.unwrap(), imported.plan);
}

#[tokio::test]
async fn events_are_found_by_words_place_date_and_kind() {
    let store = CatalogStore::in_memory().await.unwrap();
    let organiser = store.create_organiser("Hanok Live").await.unwrap();
    let add = async |name: &str, category, city: &str, days: &[&str]| {
        let new = NewVenue { name: format!("{city} Hall"), time_zone: "Asia/Seoul".into(), city: Some(city.into()) };
        let venue = store.create_venue(organiser, &new).await.unwrap();
        let new = NewEvent { name: name.into(), description: None, category: Some(category) };
        let event = store.create_event(organiser, &new).await.unwrap();
        for day in days {
            // Late in the evening: in London it is still the day before nowhere, in Seoul it is this one.
            let starts_at = time::parse_rfc3339(&format!("{day}T00:30:00+09:00"), "").unwrap();
            store.create_performance(organiser, &at(event, venue, starts_at)).await.unwrap();
        }
    };
    add("아이유 콘서트", Category::Concert, "서울", &["2027-03-06", "2026-05-01"]).await;
    add("Die Zauberflöte", Category::Classical, "Wien", &["2027-02-01"]).await;
    add("Past glory", Category::Concert, "Wien", &["2026-12-01"]).await;

    let text = |text: &str| Search { text: Some(text.into()), ..Search::default() };
    assert_eq!(found(&store, text("아이유콘서트")).await, ["아이유 콘서트"], "without spaces");
    assert_eq!(found(&store, text("ZAUBER wien")).await, ["Die Zauberflöte"], "words in any order and case");
    assert_eq!(found(&store, text("wien zauber seoul")).await, Vec::<String>::new());
    assert_eq!(found(&store, text("  !? ")).await.len(), 3, "nothing is looked for");
    let concerts = Search { category: Some(Category::Concert), ..Search::default() };
    assert_eq!(found(&store, concerts).await, ["아이유 콘서트", "Past glory"], "what is over comes last");
    let on =
        |from: &str, until: &str| Search { from: Some(from.into()), until: Some(until.into()), ..Search::default() };
    assert_eq!(found(&store, on("2027-03-06", "2027-03-06")).await, ["아이유 콘서트"], "the date of the venue");
    let wien = Search { city: Some("Wien".into()), ..on("2027-01-01", "2027-12-31") };
    assert_eq!(found(&store, wien).await, ["Die Zauberflöte"], "place and date of one performance");

    let all = listed(&store, None, 1).await.unwrap();
    assert_eq!(
        (all.cities, all.categories),
        (vec!["Wien".into(), "서울".into()], vec![Category::Concert, Category::Classical])
    );
    let wrong = Search { from: Some("6.3.2027".into()), ..Search::default() };
    let problem = store.search(&wrong, None, 1, Timestamp::from_millis(0)).await.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), ("date_invalid", Some("/from")));
    assert_eq!(store.event(EventId::new(99), Timestamp::from_millis(0)).await.unwrap_err().code, "event_unknown");
}

#[tokio::test]
async fn an_organiser_sees_own_venues_and_plans_only() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::at(&tables::place(folder.path(), "catalog.db").await.unwrap()).await;
    let other = hall.store.create_organiser("Other").await.unwrap();
    hall.store.create_venue(other, &a_venue("Elsewhere", "UTC")).await.unwrap();
    let venues = hall.store.venues_of(hall.organiser).await.unwrap();
    assert_eq!((venues.len(), venues[0].id, venues[0].time_zone.as_str()), (1, hall.venue, "Asia/Seoul"));
    assert_eq!(hall.store.plans_of(hall.organiser).await.unwrap()[0].id, hall.plan);
    assert!(hall.store.plans_of(other).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_another_process_adds_is_found_a_moment_later() {
    let folder = tempfile::tempdir().unwrap();
    let place = tables::place(folder.path(), "catalog.db").await.unwrap();
    let hall = Hall::at(&place).await;
    let other = CatalogStore::open(&place).await.unwrap();
    let count = async |ms| {
        let found = hall.store.search(&Search::default(), None, 100, Timestamp::from_millis(ms)).await.unwrap();
        found.events.len()
    };
    assert_eq!(count(1_000).await, 1);
    other.create_event(hall.organiser, &an_event("Imported")).await.unwrap();
    assert_eq!((count(5_999).await, count(6_000).await), (1, 2));
    hall.store.create_event(hall.organiser, &an_event("Here")).await.unwrap();
    assert_eq!(count(6_001).await, 3, "what this process adds is there at once");
}

#[test]
fn everything_holds_on_postgresql_heavy() {
    tables::again_on_postgres("everything_holds_on_postgresql_heavy").unwrap();
}
