const TASK = /^\[([ xX])\] +(?=\S)/;

/** Items that begin with `[ ]` or `[x]` are tasks. */
export function drawTasks(markdown) {
  markdown.core.ruler.after("block", "tasks", ({ tokens }) => {
    tokens.forEach((token, index) => {
      if (token.type !== "inline" || tokens[index - 2]?.type !== "list_item_open") return;
      const [found, mark] = TASK.exec(token.content) ?? [];
      if (!found) return;
      tokens[index - 2].attrJoin("class", mark === " " ? "task" : "task is-done");
      token.content = token.content.slice(found.length);
    });
  });
}
