//! `auslese check`: what holds, where it is from, and whether profiles do on pages what they should.

use std::fmt::Write as _;
use std::path::PathBuf;

use auslese::engine::Resolved;
use auslese::parse::InputFormat;
use auslese::site::Site;

use super::configuration::ConfigurationArgs;
use super::gold::{self, Wrong};
use super::sites::{self, SitesArgs};
use super::{CliError, Exit, output, pages};

/// Where this project keeps the pages of sites.
const FIXTURES: &str = "fixtures/sites";

/// Checks profiles and configuration and says what would be used, and where each value is from.
///
/// Faults are named with file and line, all at once; exit code 2. The profiles named are run over the pages of their site that have gold
/// (`page.gold.json` beside `page.html`, with the fields that its record must hold); what is wrong is shown field by field; exit code 4.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Profiles to show; all where none is named.
    #[arg(value_name = "SITE")]
    sites: Vec<String>,
    /// Folder with a folder for each site, by the name of its profile, that holds pages and their gold. [default: fixtures/sites, where
    /// there is one]
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
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
    let mut end = Exit::Done;
    for name in &args.sites {
        let site = sites::by_name(&known, name)?;
        describe(&site, &mut text);
        if !try_out(&site, &args, &mut text)? {
            end = Exit::SomeFailed;
        }
    }
    output::print(&text)?;
    Ok(end)
}

/// Runs a profile over the pages of its site; whether all is right.
fn try_out(site: &Site, args: &Args, text: &mut String) -> Result<bool, CliError> {
    let root = args.fixtures.clone().unwrap_or_else(|| PathBuf::from(FIXTURES));
    let folder = root.join(site.name());
    if !folder.is_dir() {
        if args.fixtures.is_some() {
            let message = format!("{}: no such folder (--fixtures holds a folder for each site)", folder.display());
            return Err(CliError::Usage(message));
        }
        say(text, "fixtures", &format!("none in {}", folder.display()));
        return Ok(true);
    }
    let golds = gold::find(&folder).map_err(|error| CliError::Usage(format!("{}: {error}", folder.display())))?;
    let extractor = pages::extractor(&args.profiles, Some(site.name()), InputFormat::Auto)?;
    let (mut right, mut faults) = (0, String::new());
    for gold in &golds {
        let measured = gold::measure(&extractor, gold)?;
        let wrong = gold::wrong(&measured);
        if wrong.is_empty() {
            right += 1;
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(faults, "  {}", measured.page);
        for Wrong { field, wanted, got } in wrong {
            let _ = writeln!(faults, "    {field:<16} wanted {wanted}\n    {:<16} got    {got}", "");
        }
    }
    say(text, "fixtures", &format!("{} pages in {}, {right} right", golds.len(), folder.display()));
    text.push_str(&faults);
    Ok(right == golds.len())
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
