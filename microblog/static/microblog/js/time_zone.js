// Suggests the browser's time zone at the top of the list.
const select = document.querySelector("[data-suggested]");
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
const isZone = ({ value, dataset }) => value === zone || dataset.obsolete?.split(",").includes(zone);
const option = [...select.options].find(isZone);

if (option && !option.selected) {
  const group = document.createElement("optgroup");
  group.label = select.dataset.suggested;
  group.append(new Option(option.text, option.value));
  select.options[0].after(group);
}
