def command() -> None:
    """train"""
