//! Working time: calendars of cities, limits, and when they end; every result can explain itself day by day.

mod calendar;
mod due;
mod ledger;
mod limit;
mod rounds;

pub use calendar::{
    BEIJING, Calendar, Calendars, Day, Exception, Hours, civil, days_after, instant,
};
pub use due::{DayCount, Due, Pause, Why, due};
pub use ledger::{Amount, Clock, Leg, Level, Stop};
pub use limit::{Limit, NotALimit, Unit};
pub use rounds::{first_round, later_round};
