import { html } from '../lib/html.js';
import { Heading } from '../lib/parts.js';

export default () => html`<${Heading} title="welcome" />`;
