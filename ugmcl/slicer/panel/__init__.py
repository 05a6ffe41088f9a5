"""What the panels of both modules are made of: the widget, its sections, their controls' bindings."""
