import { Tallies, TallyBoard } from "../../src/observe/mod.ts";
import { assertEquals, assertMatch, assertThrows } from "../assert.ts";

const NAME = "cluster/app/requests";

/** A worker with that one tally. */
function worker(board: TallyBoard, number: number) {
  const tallies = new Tallies(number);
  tallies.take(board.give([NAME]));
  return tallies.tally(NAME);
}

Deno.test("All who have a tally see what any of them took", () => {
  const board = new TallyBoard(2);
  const [one, other] = [worker(board, 0), worker(board, 1)];
  assertEquals([one.tryTake(2), other.tryTake(2), one.tryTake(2)], [true, true, false]);
  one.take();
  assertEquals([one.active, other.active, one.tryTake(3)], [3, 3, false]);
  one.release();
  assertEquals([other.active, other.tryTake(3), other.tryTake(0)], [2, true, false]);
});

Deno.test("A worker's share is given back once, and its successor begins at nothing", () => {
  const board = new TallyBoard(2);
  const [dying, living] = [worker(board, 0), worker(board, 1)];
  for (let time = 0; time < 3; time++) dying.take();
  living.take();
  board.giveBack(0);
  board.giveBack(0);
  assertEquals(living.active, 1);
  worker(board, 0).take();
  assertEquals(living.active, 2);
});

Deno.test("A tally that was forgotten begins anew, and who still has the old one goes on with it", () => {
  const board = new TallyBoard(1);
  const old = worker(board, 0);
  old.take();
  board.keepOnly((name) => name === NAME);
  assertEquals(worker(board, 0).active, 1);
  board.keepOnly(() => false);
  const anew = worker(board, 0);
  anew.take();
  anew.take();
  old.release();
  assertEquals([old.active, anew.active], [0, 2]);
});

Deno.test("A worker doesn't count alone what all should count together", () => {
  const tallies = new Tallies(0);
  const error = assertThrows(() => tallies.tally(NAME), TypeError);
  assertMatch(error.message, `Cannot count ${NAME}: `);
  tallies.take(new TallyBoard(1).give([NAME]));
  assertEquals(tallies.tally(NAME).active, 0);
  tallies.keepOnly(() => false);
  assertThrows(() => tallies.tally(NAME), TypeError);
});

Deno.test("A thread of its own makes tallies as they are asked for", () => {
  const tallies = new Tallies();
  tallies.tally(NAME).take();
  assertEquals([tallies.tally(NAME).active, tallies.tally("other").active], [1, 0]);
  tallies.keepOnly(() => false);
  assertEquals(tallies.tally(NAME).active, 0);
});
