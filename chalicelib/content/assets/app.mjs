// What scripts add: a button pressed twice sends once, and the error summary takes the focus.
// Every page works without them.
import { Button, createAll, ErrorSummary } from "govuk-frontend";

// The components start only where the page says that this browser reads modules.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(ErrorSummary);
createAll(Button, { preventDoubleClick: true });
