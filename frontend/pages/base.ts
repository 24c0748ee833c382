/** Small behaviours of every page, each bound by data attributes. */

import { bindConfirm } from "./confirm";
import { bindCopy } from "./copy";
import { bindFormsets } from "./formset";
import { bindHtmx } from "./htmx";
import { bindLogout } from "./logout";
import { bindNavigation } from "./navigation";
import { bindSelectOnFocus } from "./select_on_focus";
import { bindShortcuts } from "./shortcuts";
import { bindShowWhen } from "./show_when";
import { bindTheme } from "./theme";
import { bindTickAll } from "./tick_all";

bindHtmx();
bindTheme();
bindNavigation();
bindLogout();
bindConfirm();
bindCopy();
bindSelectOnFocus();
bindFormsets();
bindShowWhen();
bindTickAll();
bindShortcuts();
