// Opens the dialog for the place of a post. Its script is loaded when it is first needed: the map must be small.

// `options` are those of `PlaceDialog`. Without a connection the link leads to the page with the same form.
export const placeOpening = (options) => {
  let loading = null;
  return async (link) => {
    loading ??= import("./place-dialog.js").then(({ PlaceDialog }) => new PlaceDialog(options));
    try {
      await (await loading).open(link);
    } catch {
      loading = null;
      location.assign(link.href);
    }
  };
};
