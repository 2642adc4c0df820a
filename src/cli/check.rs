//! `auslese check`.

use std::fmt::Write as _;

use auslese::engine::Resolved;
use auslese::site::Site;

use super::configuration::ConfigurationArgs;
use super::sites::{self, SitesArgs};
use super::{CliError, Exit, output};

/// Checks profiles and configuration and says what would be used, and where each value is from.
///
/// Faults are named with file and line, all at once; exit code 2.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Profiles to show; all where none is named.
    #[arg(value_name = "SITE")]
    sites: Vec<String>,
    #[command(flatten)]
    profiles: SitesArgs,
    #[command(flatten)]
    configuration: ConfigurationArgs,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let mut text = String::new();
    describe_configuration(&args.configuration.resolve()?, &mut text);
    let known = args.profiles.load()?;
    if args.sites.is_empty() {
        known.iter().for_each(|site| describe(site, &mut text));
        describe(known.default_site(), &mut text);
    }
    for name in &args.sites {
        describe(&sites::by_name(&known, name)?, &mut text);
    }
    output::print(&text)?;
    Ok(Exit::Done)
}

/// Every option with its value and where it is from; flags of a crawl go over them.
fn describe_configuration(resolved: &Resolved, text: &mut String) {
    say(text, "configuration", "option, value, and where it is from");
    for (option, (value, origin)) in &resolved.options {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {option:<28} {:<10} {origin}", value.to_string());
    }
}

fn say(text: &mut String, what: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{what:<14} {value}");
}

fn describe(site: &Site, text: &mut String) {
    text.push('\n');
    say(text, "profile", &format!("{} ({})", site.name(), site.file()));
    let hosts: Vec<String> = site.hosts().collect();
    say(text, "hosts", &if hosts.is_empty() { "any, one at a time".to_owned() } else { hosts.join(", ") });
    for (url, via) in site.start() {
        say(text, "starts from", &format!("{url} ({via})"));
    }
    let (keep, drop) = site.rule_counts();
    say(text, "rules", &format!("{keep} keep, {drop} drop, otherwise {}", site.otherwise()));
    let pace = site.pace();
    let or_default = |value: Option<String>| value.unwrap_or_else(|| "the configuration's".to_owned());
    let delay = or_default(pace.delay.map(|delay| format!("{delay:?}")));
    let per_host = or_default(pace.per_host.map(|per_host| per_host.to_string()));
    say(text, "pace", &format!("delay {delay}, requests at a time {per_host}"));
    let many = |value: Option<u64>| match value {
        None => "the configuration's".to_owned(),
        Some(0) => "as many as there are".to_owned(),
        Some(requests) => requests.to_string(),
    };
    let (run, day) = (many(pace.requests_per_run), many(pace.requests_per_day));
    say(text, "budget", &format!("requests a run {run}, a day {day}"));
    if !site.hours().is_empty() {
        say(text, "quiet", &site.hours().to_string());
    }
    let robots = site.robots();
    let obeyed = |yes: bool| if yes { "obeyed" } else { "not obeyed" };
    let (meta, nofollow) = (obeyed(robots.obey_meta_robots), obeyed(robots.obey_nofollow));
    say(text, "robots", &format!("robots.txt obeyed, meta robots {meta}, nofollow {nofollow}"));
    let limits = site.limits();
    let none = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    let shown = |limit: Option<u64>| none(limit.map(|n| n.to_string()));
    let (depth, pages) = (shown(limits.depth.map(u64::from)), shown(limits.pages));
    say(text, "limits", &format!("depth {depth}, pages {pages}, revisits {}", shown(limits.revisits)));
    for (template, days) in site.templates().zip(site.template_days()) {
        let name = template.name.as_deref().unwrap_or_default();
        let (selectors, cues) = (template.selectors.len(), template.cues.len());
        say(text, "template", &format!("{name} ({days}): {selectors} selectors, {cues} cues"));
    }
    if site.templates().next().is_none() {
        let template = site.template_for(None);
        let (selectors, cues) = (template.selectors.len(), template.cues.len());
        say(text, "template", &format!("one for all days: {selectors} selectors, {cues} cues"));
    }
    for range in site.ranges() {
        say(text, "range", &format!("{} from {} to {}", range.template, range.first, range.last));
    }
}
