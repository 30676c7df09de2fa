// Draws the formulas of a conversation, as the page to chat on does.
import { drawMath } from '../page/drawn_math.js';

drawMath(document);
