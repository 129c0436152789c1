// Colours as the browser computed them, and their contrast (WCAG 2.2, 1.4.3).
"use strict";

const channels = (colour) => colour.match(/[\d.]+/g).map(Number);

function luminance(colour) {
  const [r, g, b] = channels(colour).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// What an element stands on: its own background, or that of the nearest one behind it.
function ground(element) {
  const colour = getComputedStyle(element).backgroundColor;
  return (channels(colour)[3] ?? 1) > 0 || !element.parentElement ? colour : ground(element.parentElement);
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());

function contrastOfText(element) {
  const style = getComputedStyle(element);
  return contrast(element.closest("svg") ? style.fill : style.color, ground(element));
}
