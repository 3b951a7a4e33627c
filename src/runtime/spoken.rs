//! Values of forms as people read them: cities and choices by name, not by code.

use engine::network::Network;
use forms::{Field, Format, Kind};
use serde_json::Value as Json;

/// The values of an object with these fields; what no field knows stays as it is.
pub(super) fn spoken(fields: &[Field], values: &Json, network: &Network) -> Json {
    let Json::Object(map) = values else {
        return values.clone();
    };
    let one = |(name, value): (&String, &Json)| {
        let field = fields.iter().find(|f| f.name == *name);
        let value = field.map_or_else(|| value.clone(), |f| said(&f.kind, value, network));
        (name.clone(), value)
    };
    Json::Object(map.iter().map(one).collect())
}

fn said(kind: &Kind, value: &Json, network: &Network) -> Json {
    let text = value.as_str();
    match (kind, text) {
        (Kind::Group(fields), _) => spoken(fields, value, network),
        (Kind::Rows { fields, .. }, _) => {
            let rows = value.as_array().into_iter().flatten();
            rows.map(|row| spoken(fields, row, network)).collect()
        }
        (
            Kind::Text {
                format: Format::Region,
                ..
            },
            Some(code),
        ) => network
            .city(code)
            .map_or(code, |city| city.name.as_str())
            .into(),
        (Kind::Choice(all), Some(chosen)) => {
            let known = all.iter().find(|c| c.value == chosen);
            known.map_or(chosen, |c| c.title.zh.as_str()).into()
        }
        _ => value.clone(),
    }
}
