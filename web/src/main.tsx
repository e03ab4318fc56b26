// What does the page begin with?
import { render } from "preact";
render(<h1>receta</h1>, document.getElementById("page")!);
