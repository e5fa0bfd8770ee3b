//! `onsale sale`: from a seating plan to a sale without a browser, and from one journal to another.

use std::path::PathBuf;
use std::process::ExitCode;

use catalog::{
    CatalogStore, NewEvent, NewPerformance, NewSale, NewVenue, PerformanceDetails, PlanId, PlanSummary, pretix_plan,
};
use clap::Subcommand;
use domain::{Currency, OrganiserId, limits};
use platform::Config;

use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::journal_place::JournalPlace;
use crate::table_places::TablePlaces;
use crate::{beside_others, move_sales, output};

/// What to do about sales.
#[derive(Debug, Subcommand)]
pub enum SaleCommand {
    /// Import a seating plan (pretix JSON); with --event and the rest, put it on sale.
    Import(ImportArgs),
    /// Copy the events of sales between the file of the data folder and the database of storage.journal_url. The
    /// server must not run. Nothing is removed; the settings say which of the two is used.
    Move(MoveArgs),
}

/// What goes where.
#[derive(Debug, clap::Args)]
pub struct MoveArgs {
    /// The sales, such as sale_1; by default all.
    pub sales: Vec<domain::SaleId>,
    /// Where the events go.
    #[arg(long, value_enum)]
    pub to: Place,
}

/// Where a journal or tables can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Place {
    /// The file in the data folder.
    File,
    /// The database that the settings name.
    Database,
}

/// What to import, and what to sell.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The plan, in pretix's published seating-plan JSON.
    pub plan: PathBuf,
    /// Only say whether the plan is sound; change nothing.
    #[arg(long)]
    pub check: bool,
    /// The organiser, such as org_1; by default one named "Organiser" is made.
    #[arg(long)]
    pub organiser: Option<OrganiserId>,
    /// Put it on sale: the name of the event.
    #[arg(long, requires_all = ["venue", "starts_at", "opens_at", "price"])]
    pub event: Option<String>,
    /// The name of the venue.
    #[arg(long)]
    pub venue: Option<String>,
    /// The venue's time zone.
    #[arg(long, default_value = "UTC")]
    pub time_zone: String,
    /// When the performance begins, RFC 3339.
    #[arg(long)]
    pub starts_at: Option<String>,
    /// When the sale opens, RFC 3339.
    #[arg(long)]
    pub opens_at: Option<String>,
    /// The currency of the prices.
    #[arg(long, default_value = "EUR")]
    pub currency: Currency,
    /// The price of each price level in minor units, in the plan's order; give it once for each.
    #[arg(long)]
    pub price: Vec<i64>,
    /// Buyers inside at once.
    #[arg(long)]
    pub capacity: Option<u32>,
}

/// Carries out the command. A running server sees a new sale when it starts next.
///
/// # Errors
/// The plan is not sound (each fault with a pointer to it), or the catalog says no.
pub async fn run(command: SaleCommand, config: &Config) -> Result<ExitCode, Failure> {
    match command {
        SaleCommand::Import(arguments) => import_plan(arguments, config).await,
        SaleCommand::Move(arguments) => move_between(arguments, config).await,
    }
}

async fn move_between(arguments: MoveArgs, config: &Config) -> Result<ExitCode, Failure> {
    let folder = DataFolder::of(config);
    folder.require()?;
    let _lock = folder.lock()?;
    let url = config.storage.journal_url.as_ref().ok_or_else(|| {
        Failure::new("Name the database in storage.journal_url, best as the variable ONSALE_STORAGE__JOURNAL_URL.")
    })?;
    let (file, database) =
        (JournalPlace::file(&folder), JournalPlace::database(url.expose(), &folder, &beside_others::name(config))?);
    let (from, to) = match arguments.to {
        Place::File => (database, file),
        Place::Database => (file, database),
    };
    let (source, target) = (from.clone(), to.clone());
    let moving = move || move_sales::move_sales(&arguments.sales, &source, &target);
    let moved = tokio::task::spawn_blocking(moving).await;
    for sale in moved.map_err(|error| Failure::because("The sales were not moved.", error))?? {
        output::line(format_args!("{}: {} events, state {}", sale.id, sale.events, hex::encode(sale.state_hash)))?;
    }
    output::line(format_args!("Everything is in {to} and gives the same state. The copy in {from} is still there."))?;
    Ok(ExitCode::SUCCESS)
}

async fn import_plan(arguments: ImportArgs, config: &Config) -> Result<ExitCode, Failure> {
    let shown = arguments.plan.display();
    let unreadable = |error| Failure::because(format!("{shown} cannot be read."), error);
    let size = std::fs::metadata(&arguments.plan).map_err(unreadable)?.len();
    if size > limits::PLAN_UPLOAD_BYTES_MAX as u64 {
        return Err(Failure::new(format!(
            "A plan has at most {} bytes; {shown} has {size}.",
            limits::PLAN_UPLOAD_BYTES_MAX
        )));
    }
    let json = std::fs::read(&arguments.plan).map_err(unreadable)?;
    let imported = match pretix_plan::import(&json, None) {
        Ok(imported) => imported,
        Err(errors) => {
            for error in &errors.errors {
                eprintln!("{shown}: {error}");
            }
            return Err(Failure::new(format!("{shown} has {} faults; nothing was imported.", errors.total)));
        }
    };
    let (seats, areas) = (imported.plan.seats.len(), imported.plan.areas.len());
    if arguments.check {
        output::line(format!("{shown} is sound: {seats} seats, {areas} areas, {} people.", imported.plan.capacity()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = DataFolder::of(config);
    folder.create()?;
    let catalog = CatalogStore::open(&TablePlaces::of(config, &folder).catalog).await?;
    let done = import(&catalog, imported, arguments).await;
    catalog.close().await;
    output::line(done?)?;
    Ok(ExitCode::SUCCESS)
}

async fn import(
    catalog: &CatalogStore,
    imported: pretix_plan::Imported,
    arguments: ImportArgs,
) -> Result<String, Failure> {
    let organiser = match arguments.organiser {
        Some(organiser) => catalog.organiser(organiser).await?.id,
        None => catalog.create_organiser("Organiser").await?,
    };
    let plan = catalog.create_plan(organiser, imported).await?;
    let said = format!("Plan {} of {organiser}: {} seats, {} areas.", plan.id.get(), plan.seats, plan.areas);
    match sale(catalog, organiser, &plan, arguments).await? {
        Some(sale) => Ok(format!("{said} On sale as {sale}.")),
        None => Ok(said),
    }
}

async fn sale(
    catalog: &CatalogStore,
    organiser: OrganiserId,
    plan: &PlanSummary,
    arguments: ImportArgs,
) -> Result<Option<domain::SaleId>, Failure> {
    let (Some(event), Some(venue), Some(starts_at), Some(opens_at)) =
        (arguments.event, arguments.venue, arguments.starts_at, arguments.opens_at)
    else {
        return Ok(None);
    };
    let venue =
        catalog.create_venue(organiser, &NewVenue { name: venue, time_zone: arguments.time_zone, city: None }).await?;
    let event = catalog.create_event(organiser, &NewEvent { name: event, ..NewEvent::default() }).await?;
    let starts_at = catalog::time::parse_rfc3339(&starts_at, "--starts-at")?;
    let performance = NewPerformance { event, details: PerformanceDetails::new(venue, starts_at) };
    let performance = catalog.create_performance(organiser, &performance).await?;
    let new = NewSale {
        performance,
        plan: PlanId::new(plan.id.get()),
        opens_at: catalog::time::parse_rfc3339(&opens_at, "--opens-at")?,
        currency: arguments.currency,
        prices: arguments.price,
        capacity: arguments.capacity,
        rate: None,
        admissions_max: None,
        grace_seconds: 120,
        select_seconds: 600,
        pay_seconds: 420,
        tickets_per_buyer_max: 3,
        rehearsal: false,
    };
    Ok(Some(catalog.create_sale(organiser, &new).await?))
}
