import { render } from 'preact';
import { App } from './app.js';
import './styles/base.css';
import './styles/layout.css';
import './styles/calls.css';
import './styles/pages.css';
import './styles/system.css';
import './styles/editors.css';

const root = document.querySelector('#app');
if (root) render(<App />, root);
