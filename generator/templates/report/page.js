const form = document.querySelector('#search');
const field = form.querySelector('input');
const shown = form.querySelector('output');
const services = [...document.querySelectorAll('.service')];

/** Shows the services in which every word is found. */
function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const service of services) {
    service.hidden = !words.every((word) => service.dataset.find.includes(word));
    if (!service.hidden) found += 1;
  }
  shown.value = words.length > 0 ? `${found} of ${services.length}` : '';
}

/** Unfolds or folds what the search shows. */
function fold({ currentTarget }) {
  for (const service of services) if (!service.hidden) service.open = currentTarget.value === 'open';
}

form.hidden = services.length < 2;
form.addEventListener('submit', (event) => event.preventDefault());
field.addEventListener('input', search);
for (const button of form.querySelectorAll('button')) button.addEventListener('click', fold);
search();
