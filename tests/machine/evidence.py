"""Evidence in the model: added to commitments and plans, and put in the place of wrong pieces. None of it goes."""

from tests.machine import promises
from tests.machine.model import Piece, World, refuse


def add(world: World, who: str, to: str | int, *, handle: str) -> None:
    """Add a piece to a commitment, or to the plan of that number."""
    if isinstance(to, int):
        world.allow(who, "write")
        pieces = world.plans[to].pieces
    else:
        pieces = promises._found(world, who, "write", to).pieces
    world.pieces[handle] = Piece()
    pieces.append(world.pieces[handle])
    world.note()


def supersede(world: World, who: str, wrong: str, *, handle: str) -> None:
    """Put another piece in the place of a wrong one, once."""
    world.allow(who, "write")
    old, new = world.pieces[wrong], Piece()
    refuse(superseded_already=old.is_superseded)
    old.is_superseded, world.pieces[handle] = True, new
    beside = next(one.pieces for one in (*world.promises.values(), *world.plans.values()) if _has(one.pieces, old))
    beside.append(new)
    world.note()


def _has(pieces: list[Piece], one: Piece) -> bool:
    return any(each is one for each in pieces)
