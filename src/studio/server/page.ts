// The page as it is before its script runs: one element to fill, and a sentence for browsers without scripts.
import { html } from '../../report/html.ts';
import { scriptExtension } from './client-files.ts';

export const studioPage = (title: string): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<script type="module" src="/client/main${scriptExtension}"></script>
</head>
<body class="studio">
<div id="studio"><noscript>This page needs JavaScript, which comes from this machine only.</noscript></div>
</body>
</html>
`.markup;

export const iconSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="3" y="6" width="26" height="20" rx="4" fill="#2b83ba"/><path d="M13 11.5v9l8-4.5z" fill="#fff"/></svg>`;
