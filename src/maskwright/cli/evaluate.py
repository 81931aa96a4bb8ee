def command() -> None:
    """evaluate"""
