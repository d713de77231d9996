// What TypeScript has to know besides its own libraries to check static/js (`make js`). Selectors are not typed: an element
// that was found has the properties of the elements that the pages use.

interface Element {
  action: string;
  checked: boolean;
  dataset: DOMStringMap;
  dateTime: string;
  disabled: boolean;
  elements: any;
  form: HTMLFormElement;
  hidden: any;
  href: any;
  isContentEditable: boolean;
  open: boolean;
  onclick: ((event: Event) => void) | null;
  options: any;
  pathname: string;
  selectedIndex: number;
  selectedOptions: any;
  style: CSSStyleDeclaration;
  tabIndex: number;
  title: string;
  value: any;
  click(): void;
  focus(options?: FocusOptions): void;
  requestSubmit(): void;
  showModal(): void;
  submit(): void;
  close(): void;
}

// Listeners on the document hear events of every kind, from elements.
interface EventTarget {
  dataset: DOMStringMap;
  form: any;
  elements: any;
  value: any;
  closest(selectors: string): Element | null;
  matches(selectors: string): boolean;
}
interface Event {
  altKey: boolean;
  ctrlKey: boolean;
  detail: any;
  key: string;
  metaKey: boolean;
  shiftKey: boolean;
  submitter: any;
}
interface Node {
  contains(other: EventTarget | null): boolean;
}

// Set by scripts that load before ours: Django's catalogue, Chart.js, Dash, protomaps-leaflet.
declare var gettext: ((text: string) => string) | undefined;
declare var ngettext: ((singular: string, plural: string, count: number) => string) | undefined;
declare var protomapsL: any;
interface Navigator {
  connection?: { saveData: boolean };
}
interface Window {
  Chart: any;
  dash_clientside: any;
}
