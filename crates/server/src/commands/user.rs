//! `onsale user`: makes accounts, for whoever can write to the data folder. There is no default password.

use std::process::ExitCode;

use accounts::{Account, AccountStore, Locale, NewAccount};
use clap::{Subcommand, ValueEnum};
use domain::{OrganiserId, Role};
use platform::{Clock, Config, SystemClock};

use super::password_input;
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::output;
use crate::table_places::TablePlaces;

/// What to do about accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account. The password is read from standard input.
    Add(AddArgs),
    /// Print how the first operator makes an account over the network. It works once, for 24 hours.
    SetupLink,
}

/// Whose account.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// E-mail address, which is also the name to sign in with.
    #[arg(long)]
    pub email: String,
    /// What the account may do.
    #[arg(long, value_enum, default_value_t = RoleName::Fan)]
    pub role: RoleName,
    /// The organiser it works for, such as org_1; needed for the role organiser.
    #[arg(long, value_name = "ORGANISER", required_if_eq("role", "organiser"))]
    pub organiser: Option<OrganiserId>,
    /// The person's name.
    #[arg(long)]
    pub name: Option<String>,
    /// The language of pages and mail.
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub locale: Language,
}

/// A role, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Buys tickets.
    Fan,
    /// Runs the sales of an organiser.
    Organiser,
    /// Runs the installation.
    Operator,
}

/// A language, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Korean.
    Ko,
}

/// Carries out the command, beside a running server or without one.
///
/// # Errors
/// What the accounts say, such as that the e-mail address is taken.
pub async fn run(command: UserCommand, config: &Config) -> Result<ExitCode, Failure> {
    let folder = DataFolder::of(config);
    // Before the folder is made, so that somebody who thinks better of it leaves nothing behind.
    let password = match &command {
        UserCommand::Add(_) => Some(password_input::read()?),
        UserCommand::SetupLink => None,
    };
    folder.create()?;
    let tables = TablePlaces::of(config, &folder);
    let store = AccountStore::open(&tables.accounts).await?;
    let done = match (command, password) {
        (UserCommand::Add(arguments), Some(password)) => add(&store, &tables, arguments, password).await,
        (UserCommand::Add(_), None) | (UserCommand::SetupLink, _) => setup_link(&store, config).await,
    };
    store.close().await;
    output::line(done?)?;
    Ok(ExitCode::SUCCESS)
}

async fn add(
    store: &AccountStore,
    tables: &TablePlaces,
    arguments: AddArgs,
    password: accounts::Password,
) -> Result<String, Failure> {
    let AddArgs { email, role, organiser, name, locale } = arguments;
    let organiser = organiser.filter(|_| role == RoleName::Organiser);
    if let Some(organiser) = organiser {
        let catalog = catalog::store::CatalogStore::open(&tables.catalog).await?;
        let known = catalog.organiser(organiser).await;
        catalog.close().await;
        known?;
    }
    let now = SystemClock::start().now();
    let locale = match locale {
        Language::En => Locale::En,
        Language::Ko => Locale::Ko,
    };
    let new = NewAccount { email, password, name, locale };
    let account = match role {
        RoleName::Fan => store.sign_up(new, now).await?,
        RoleName::Operator if !store.has_operator().await? => store.bootstrap_operator(new, now).await?,
        RoleName::Operator => grant(store, store.sign_up(new, now).await?, Role::Operator, None).await?,
        RoleName::Organiser => grant(store, store.sign_up(new, now).await?, Role::Organiser, organiser).await?,
    };
    Ok(format!("{} {}", account.id, account.email))
}

async fn grant(
    store: &AccountStore,
    account: Account,
    role: Role,
    organiser: Option<OrganiserId>,
) -> Result<Account, Failure> {
    Ok(store.grant_role(account.id, role, organiser).await?)
}

async fn setup_link(store: &AccountStore, config: &Config) -> Result<String, Failure> {
    let token = store.issue_setup_token(SystemClock::start().now()).await?;
    Ok(crate::invitation::invitation(&config.server.public_url, token.as_str()))
}
