def command() -> None:
    """export"""
