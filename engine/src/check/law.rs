//! What a matter names of the lists of the network: documents of `laws.yaml`, reason codes of `reasons.yaml`, messages of
//! `network/messages.yaml` (E0313, E0314, E0337).

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::network::Network;
use crate::source::Spanned;
use jiff::civil::Date;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let network = subject.world.network;
    for basis in &subject.mentions.basis {
        found.extend(document(network, &basis.doc));
        for day in basis.from.iter().chain(&basis.to) {
            if day.value.parse::<Date>().is_err() {
                found.push(Diagnostic::new("E0202", day.span).with("what", "2026-01-01"));
            }
        }
    }
    for code in &subject.mentions.reasons {
        if network.reason(&code.value).is_none() {
            let names = network.reasons().keys().map(String::as_str);
            let wrong = Diagnostic::new("E0314", code.span).with("name", code.value.as_str());
            found.push(wrong.near(&code.value, names));
        }
    }
    for message in &subject.mentions.messages {
        if network.message(&message.value).is_none() {
            let names = network.messages().keys().map(String::as_str);
            let wrong = Diagnostic::new("E0337", message.span).with("name", &*message.value);
            found.push(wrong.near(&message.value, names));
        }
    }
}

/// A document nobody has listed.
pub(crate) fn document(network: &Network, doc: &Spanned<String>) -> Option<Diagnostic> {
    let names = network.laws().keys().map(String::as_str);
    let wrong = Diagnostic::new("E0313", doc.span).with("name", doc.value.as_str());
    network
        .law(&doc.value)
        .is_none()
        .then(|| wrong.near(&doc.value, names))
}
