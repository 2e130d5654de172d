// Putting things in order by dragging them. Buttons do the same for those who do not drag.

/** Lets what is in a list be dragged by its handles. `of` is the thing that an element belongs to. */
export function dragging(list, { handle, of, moved }) {
  let dragged = null;
  list.addEventListener("dragstart", (event) => {
    if (!event.target.matches?.(handle)) return;
    event.stopPropagation();
    dragged = of(event.target);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(dragged, 0, 0);
  });
  list.addEventListener("dragover", (event) => {
    const over = dragged && of(event.target);
    if (!over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    event.stopPropagation();
    if (over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    over[event.clientY > top + height / 2 ? "after" : "before"](dragged);
  });
  list.addEventListener("drop", (event) => {
    if (dragged) event.preventDefault();
  });
  list.addEventListener("dragend", (event) => {
    if (!dragged) return;
    event.stopPropagation();
    dragged = null;
    moved();
  });
}
