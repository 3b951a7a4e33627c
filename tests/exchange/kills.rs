//! Either side is killed wherever an exchange may stand, and both end with the same trail.

use super::proxy::{Plan, Stopped};
use super::town::Town;
use super::{PATIENCE, Pair, step};
use crate::places::run;

/// Where an envelope is between two durable states, and whether it is with whoever sent it.
const PLACES: [(&str, bool); 8] = [
    ("owed", true),
    ("leased", true),
    ("arrived", false),
    ("kept", false),
    ("folded", false),
    ("settled", false),
    ("receipted", true),
    ("closed", true),
];

/// G12: kill −9 at every step of an exchange: of each of its three words at each place between two durable states, on whichever side
/// that is. One case on each side, the same trail, receipts that verify.
#[test]
fn g012_either_side_is_killed_between_any_two_states_of_an_exchange() {
    run(async {
        let mut pair = Pair::new().await;
        for (nth, place) in (1..).zip(PLACES) {
            pair.stop("sent", place, true);
            let here = pair.letter_sent().await;
            pair.kill_at("sent", place, true).await;
            let there = pair.taken(nth).await;
            pair.stop("received", place, false);
            pair.receive(&there).await;
            pair.kill_at("received", place, false).await;
            pair.known(&here, &there, 2).await;
            pair.stop("answered", place, false);
            pair.answer(&there).await;
            pair.kill_at("answered", place, false).await;
            pair.known(&here, &there, 3).await;
            match nth {
                1 => pair.finish(&here, &there).await,
                _ => pair.close(&here, &there).await,
            }
        }
        for town in [&pair.zs, &pair.zy] {
            town.told(&["verify", "--deep"]);
        }
    });
}

/// The name of a place; of a message that was not lent yet nobody knows what it says.
fn place_of(word: &str, place: &str) -> String {
    match place {
        "owed" => "next.owed".to_owned(),
        _ => format!("{word}.{place}"),
    }
}

impl Pair {
    /// The side on which an envelope is; `from_here`: 中山 sends it.
    fn side(&mut self, sender: bool, from_here: bool) -> &mut Town {
        match sender == from_here {
            true => &mut self.zs,
            false => &mut self.zy,
        }
    }

    fn stop(&mut self, word: &str, (place, sender): (&str, bool), from_here: bool) {
        let side = self.side(sender, from_here);
        side.stop_at(&place_of(word, place));
    }

    /// Waits until an envelope stands at a place, and kills whoever has it.
    async fn kill_at(&mut self, word: &str, (place, sender): (&str, bool), from_here: bool) {
        let name = place_of(word, place);
        for round in 0..PATIENCE {
            let side = self.side(sender, from_here);
            if side.stands_at(&name) {
                side.kill();
                side.start();
                return;
            }
            self.pass(step(round)).await;
        }
        panic!(
            "nothing came to {name}: {}\n{}",
            self.zs.log(),
            self.zy.log()
        );
    }
}

/// kill −9 while a message is on the wire: of whoever gets it before it arrives and after it has it, and of whoever sent it before he
/// knows.
#[test]
fn g012_either_side_is_killed_while_a_message_is_on_the_wire() {
    run(async {
        let mut pair = Pair::new().await;
        pair.there.plan([Plan::Stop, Plan::Stop, Plan::Stop]);
        let here = pair.letter_sent().await;
        kill_at_each(&mut pair, true).await;
        let there = pair.taken(1).await;
        pair.back.plan([Plan::Stop, Plan::Stop, Plan::Stop]);
        pair.receive(&there).await;
        kill_at_each(&mut pair, false).await;
        pair.known(&here, &there, 2).await;
        pair.back.plan([Plan::Stop, Plan::Stop, Plan::Stop]);
        pair.answer(&there).await;
        kill_at_each(&mut pair, false).await;
        pair.known(&here, &there, 3).await;
        pair.finish(&here, &there).await;
    });
}

/// Three attempts at one message: the receiver dies before it arrives, dies when it has it, then the sender dies before he knows.
async fn kill_at_each(pair: &mut Pair, there: bool) {
    let before = stopped(pair, there).await;
    assert!(!before.arrived);
    restart(pair, there).await;
    drop(before);
    for receiver_dies in [true, false] {
        let before = stopped(pair, there).await;
        assert!(!before.arrived);
        before.go_on();
        let after = stopped(pair, there).await;
        assert!(after.arrived);
        restart(pair, there == receiver_dies).await;
        drop(after);
    }
}

async fn restart(pair: &mut Pair, there: bool) {
    let town = if there { &mut pair.zy } else { &mut pair.zs };
    town.kill();
    town.start();
}

/// The next stop of the wire to one side; meanwhile the clocks move on.
async fn stopped(pair: &mut Pair, there: bool) -> Stopped {
    for round in 0..PATIENCE {
        let wire = if there {
            &mut pair.there
        } else {
            &mut pair.back
        };
        if let Ok(stopped) = wire.stops.try_recv() {
            return stopped;
        }
        pair.pass(step(round)).await;
        tokio::task::yield_now().await;
    }
    panic!("nothing was sent: {}\n{}", pair.zs.log(), pair.zy.log());
}
