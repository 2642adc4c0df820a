//! What the publisher asks of machines: robots directives of page and server, TDM reservation.
//!
//! X-Robots-Tag: <https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag>.
//! TDM reservation: <https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/>.

use crate::types::{Fetched, Meta, Rights, RobotsDirectives};

/// The name that directives may be addressed to.
const OUR_NAME: &str = "auslese";

/// The directives of `<meta name=robots>` and `X-Robots-Tag`, joined: what either forbids is forbidden.
#[must_use]
pub fn directives(meta: &Meta, fetched: &Fetched) -> RobotsDirectives {
    let mut all = meta.robots.clone();
    for value in fetched.header_all("x-robots-tag") {
        let said = tag(value);
        all.noindex |= said.noindex;
        all.nofollow |= said.nofollow;
        all.noarchive |= said.noarchive;
        all.noai |= said.noai;
    }
    all
}

/// The directives of one `X-Robots-Tag`. `agent: directive, …` holds for that agent only.
fn tag(value: &str) -> RobotsDirectives {
    const WITH_VALUE: [&str; 4] = ["max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"];
    let mut said = RobotsDirectives::default();
    let mut ours = true;
    for part in value.split(',') {
        let mut word = part.trim().to_ascii_lowercase();
        if let Some((name, rest)) = word.split_once(':')
            && !WITH_VALUE.contains(&name.trim())
        {
            ours = matches!(name.trim(), OUR_NAME | "*" | "robots");
            word = rest.trim().to_owned();
        }
        if !ours {
            continue;
        }
        match word.as_str() {
            "noindex" => said.noindex = true,
            "nofollow" => said.nofollow = true,
            "none" => (said.noindex, said.nofollow) = (true, true),
            "noarchive" => said.noarchive = true,
            "noai" | "noimageai" => said.noai = true,
            _ => {}
        }
    }
    said
}

/// The record's rights. The reservation of a whole site (`/.well-known/tdmrep.json`) is for whoever fetched it to add.
pub(super) fn rights(meta: &Meta, fetched: &Fetched, robots: &RobotsDirectives) -> Rights {
    let sent: Vec<&str> = fetched.header_all("x-robots-tag").collect();
    let header = fetched.header("tdm-reservation").and_then(|value| match value.trim() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    });
    let (reservation, policy) = match (&meta.tdm, header) {
        // The page speaks for itself, before the server.
        (Some((reserved, policy)), _) => (Some(*reserved), policy.clone()),
        (None, Some(reserved)) => (Some(reserved), fetched.header("tdm-policy").map(|policy| policy.trim().to_owned())),
        (None, None) => (None, None),
    };
    Rights {
        robots: meta.robots.raw.clone(),
        x_robots_tag: (!sent.is_empty()).then(|| sent.join(", ")),
        noarchive: robots.noarchive,
        tdm_reservation: reservation,
        tdm_policy: policy,
        ai_opt_out: robots.noai,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_hold_for_whom_they_name() {
        let said = tag("noindex, nofollow");
        assert!(said.noindex && said.nofollow && !said.noarchive);
        assert!(!tag("otherbot: noindex, nofollow").noindex);
        assert!(tag("otherbot: noindex, auslese: noarchive").noarchive);
        assert!(tag("unavailable_after: 25 Jun 2010 15:00:00 PST, NoAI").noai);
    }
}
