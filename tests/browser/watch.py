"""What a test's pages report: console errors, script errors, refused content, open doors."""

# Chromium says it before any script of the page runs, whatever the policy is.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP violation: ${event.effectiveDirective} ${event.blockedURI}`));
"""
OPEN_DOORS = ("unsafe-inline", "unsafe-eval")


class Watch:
    def __init__(self):
        self.found = []
        self.allowed = []

    def allow(self, text):
        """Expect messages that contain this text."""
        self.allowed.append(text)

    @property
    def problems(self):
        return [
            problem for problem in self.found if not any(text in problem for text in self.allowed)
        ]

    def follow(self, context):
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.found.append(f"script error: {error.error}"))
        context.on("dialog", self._on_dialog)
        context.on("response", self._on_response)

    def _on_console(self, message):
        if message.type in ("error", "warning") or "Content Security Policy" in message.text:
            self.found.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_dialog(self, dialog):
        self.found.append(f"dialog: {dialog.type} {dialog.message}")
        dialog.dismiss()

    def _on_response(self, response):
        is_page = response.request.resource_type == "document"
        if not is_page or "text/html" not in response.headers.get("content-type", ""):
            return
        policy = response.headers.get("content-security-policy", "")
        if "default-src" not in policy or any(door in policy for door in OPEN_DOORS):
            self.found.append(f"weak CSP: {response.url}: {policy}")
