//! Brings the tables of a store to the form this program expects.
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator};

/// Which database's text of a step to take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Flavour {
    Sqlite,
    Postgres,
}

/// The list of steps for one database.
pub(super) async fn migrator(flavour: Flavour) -> Result<Migrator, MigrateError> {
    Migrator::new(Embedded(flavour)).await
}

struct Step {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        version: 1,
        name: "history",
        sqlite: include_str!("../../migrations/0001_history.sqlite.sql"),
        postgres: include_str!("../../migrations/0001_history.postgres.sql"),
    },
    shared(2, "work", include_str!("../../migrations/0002_work.sql")),
    shared(
        3,
        "network",
        include_str!("../../migrations/0003_network.sql"),
    ),
    shared(
        4,
        "unique",
        include_str!("../../migrations/0004_unique.sql"),
    ),
    Step {
        version: 5,
        name: "messages",
        sqlite: include_str!("../../migrations/0005_messages.sqlite.sql"),
        postgres: include_str!("../../migrations/0005_messages.postgres.sql"),
    },
    shared(
        6,
        "session",
        include_str!("../../migrations/0006_session.sql"),
    ),
    shared(
        7,
        "uploads",
        include_str!("../../migrations/0007_uploads.sql"),
    ),
    shared(8, "links", include_str!("../../migrations/0008_links.sql")),
    Step {
        version: 9,
        name: "rights",
        sqlite: include_str!("../../migrations/0009_rights.sqlite.sql"),
        postgres: include_str!("../../migrations/0009_rights.postgres.sql"),
    },
    shared(10, "leap", include_str!("../../migrations/0010_leap.sql")),
    shared(
        11,
        "endpoints",
        include_str!("../../migrations/0011_endpoints.sql"),
    ),
    shared(12, "look", include_str!("../../migrations/0012_look.sql")),
    shared(13, "board", include_str!("../../migrations/0013_board.sql")),
    shared(14, "done", include_str!("../../migrations/0014_done.sql")),
    shared(
        15,
        "exchange",
        include_str!("../../migrations/0015_exchange.sql"),
    ),
    Step {
        version: 16,
        name: "tell",
        sqlite: include_str!("../../migrations/0016_tell.sqlite.sql"),
        postgres: include_str!("../../migrations/0016_tell.postgres.sql"),
    },
    shared(
        17,
        "systems",
        include_str!("../../migrations/0017_systems.sql"),
    ),
    shared(18, "desk", include_str!("../../migrations/0018_desk.sql")),
    shared(
        19,
        "supervision",
        include_str!("../../migrations/0019_supervision.sql"),
    ),
    shared(20, "alone", include_str!("../../migrations/0020_alone.sql")),
    Step {
        version: 22,
        name: "reading",
        sqlite: include_str!("../../migrations/0022_reading.sqlite.sql"),
        postgres: include_str!("../../migrations/0022_reading.postgres.sql"),
    },
    shared(23, "heard", include_str!("../../migrations/0023_heard.sql")),
    shared(
        24,
        "factor",
        include_str!("../../migrations/0024_factor.sql"),
    ),
    shared(25, "root", include_str!("../../migrations/0025_root.sql")),
    shared(26, "keys", include_str!("../../migrations/0026_keys.sql")),
    shared(
        30,
        "onlooker",
        include_str!("../../migrations/0030_onlooker.sql"),
    ),
    Step {
        version: 31,
        name: "lending",
        sqlite: include_str!("../../migrations/0031_lending.sqlite.sql"),
        postgres: include_str!("../../migrations/0031_lending.postgres.sql"),
    },
    shared(
        32,
        "rights",
        include_str!("../../migrations/0032_rights.sql"),
    ),
    shared(33, "cards", include_str!("../../migrations/0033_cards.sql")),
    shared(
        36,
        "certificates",
        include_str!("../../migrations/0036_certificates.sql"),
    ),
    Step {
        version: 37,
        name: "paper_numbers",
        sqlite: include_str!("../../migrations/0037_paper_numbers.sqlite.sql"),
        postgres: include_str!("../../migrations/0037_paper_numbers.postgres.sql"),
    },
];

const fn shared(version: i64, name: &'static str, text: &'static str) -> Step {
    Step {
        version,
        name,
        sqlite: text,
        postgres: text,
    }
}

#[derive(Debug)]
struct Embedded(Flavour);

type Resolved = Result<Vec<Migration>, Box<dyn std::error::Error + Send + Sync>>;

impl MigrationSource<'static> for Embedded {
    fn resolve(self) -> std::pin::Pin<Box<dyn Future<Output = Resolved> + Send + 'static>> {
        let text = |step: &Step| match self.0 {
            Flavour::Sqlite => step.sqlite,
            Flavour::Postgres => step.postgres,
        };
        let steps = STEPS.iter().map(|step| {
            Migration::new(
                step.version,
                step.name.into(),
                MigrationType::Simple,
                text(step).into_sql_str(),
                false,
            )
        });
        let steps = steps.collect();
        Box::pin(async move { Ok(steps) })
    }
}
