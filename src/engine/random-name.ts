const QUALITIES = [
  "able", "amber", "ample", "autumn", "balanced", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid", "careful", "cheerful",
  "clear", "clever", "coastal", "cool", "copper", "coral", "cosmic", "crisp", "curious", "dapper", "daring", "deep", "diligent", "eager",
  "early", "easy", "fair", "faithful", "fast", "fearless", "fluent", "fond", "frank", "fresh", "gallant", "gentle", "glad", "golden",
  "grand", "happy", "hardy", "honest", "humble", "jolly", "keen", "kind", "lively", "loyal", "lucid", "lucky", "mellow", "merry",
  "mighty", "modest", "neat", "nimble", "noble", "patient", "placid", "polite", "proud", "quick", "quiet", "ready", "robust", "serene",
  "sharp", "shiny", "silver", "sincere", "smooth", "snug", "solid", "spry", "steady", "still", "sturdy", "sunny", "swift", "tidy",
  "tough", "tranquil", "trusty", "vivid", "warm", "wise", "witty", "zesty",
] as const;

const CARGOES = [
  "almond", "amphora", "anchor", "anise", "apricot", "ballast", "bamboo", "barge", "barley", "barrel", "basalt", "basket", "beacon",
  "bollard", "bowline", "brig", "buoy", "cable", "canvas", "capstan", "caravel", "cargo", "cask", "cedar", "chart", "cinnamon",
  "clipper", "clove", "cobalt", "cocoa", "coffee", "compass", "copra", "cork", "cotton", "crane", "crate", "cutter", "davit", "derrick",
  "dinghy", "dock", "drydock", "fathom", "ferry", "fig", "flax", "frigate", "galley", "gangway", "ginger", "granite", "grain", "harbor",
  "hatch", "hawser", "helm", "hemp", "hull", "indigo", "ingot", "jetty", "keel", "ketch", "lantern", "lemon", "linen", "lugger",
  "mahogany", "maize", "marble", "mast", "millet", "mooring", "nutmeg", "oakum", "olive", "packet", "pallet", "pepper", "pier", "pilot",
  "pulley", "quay", "rigging", "rope", "rudder", "saffron", "sail", "salt", "schooner", "sextant", "silk", "slate", "sloop", "spar",
  "sugar", "tackle", "teak", "tiller", "timber", "trawler", "tug", "vanilla", "walnut", "wharf", "winch", "wool", "yawl",
] as const;

/** A name such as `brave_schooner`; with `attempt` above 0 a number is added, since the plain ones seem to be taken. */
export function randomName(attempt: number): string {
  const name = `${pick(QUALITIES)}_${pick(CARGOES)}`;
  return attempt === 0 ? name : `${name}${Math.floor(Math.random() * 10 ** attempt)}`;
}

function pick(list: readonly string[]): string {
  return list[Math.floor(Math.random() * list.length)] ?? "estiba";
}
