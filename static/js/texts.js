// Texts for people, in the language of the page: Django's JavaScript catalogue, which loads before the modules. Where it
// did not load, each text appears as it is written in the source.

export const _ = (text) => globalThis.gettext?.(text) ?? text;

export const ngettext = (singular, plural, count) => globalThis.ngettext?.(singular, plural, count) ?? (count === 1 ? singular : plural);

// Puts named values into a text: `interpolate(_("%(count)s selected"), { count })`.
export const interpolate = (text, values) => text.replace(/%\((\w+)\)s/g, (_match, name) => String(values[name]));

// The language of the page for numbers and times, with the digits that the server writes. Times have 24 hours.
const language = globalThis.document?.documentElement?.lang || "en";
export const locale = language === "en" ? "en-GB" : `${language}-u-hc-h23-nu-latn`;
