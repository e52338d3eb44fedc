/**
 * Which session of the language server is which session of the editor. They know each other only by the configuration's name: sessions
 * of one name pair up in the order in which they began.
 */

import type { SessionStory } from "./controlPlane.ts";

/** How many stories are remembered; the server itself keeps twenty. */
const KEPT = 50;

export class Pairing {
  private readonly waiting: { readonly id: string; readonly name: string }[] = [];
  private readonly ids = new Map<number, string>();
  private readonly stories = new Map<string, SessionStory>();

  /** A session of the editor begins. */
  begun(id: string, name: string): void {
    this.waiting.push({ id, name });
  }

  /** The editor's session is over; one that never met its story waits for none. */
  ended(id: string): void {
    const at = this.waiting.findIndex((each) => each.id === id);
    if (at >= 0) {
      this.waiting.splice(at, 1);
    }
  }

  /** Note a story; returns the id of the editor's session that it is of, undefined where there is none. */
  told(story: SessionStory): string | undefined {
    let id = this.ids.get(story.session);
    if (id === undefined && story.name !== "") {
      const at = this.waiting.findIndex((each) => each.name === story.name);
      id = at < 0 ? undefined : this.waiting.splice(at, 1)[0]?.id;
    }
    if (id === undefined) {
      return undefined;
    }
    this.ids.set(story.session, id);
    this.stories.delete(id);
    this.stories.set(id, story);
    for (const [oldest, old] of this.stories) {
      if (this.stories.size <= KEPT) {
        break;
      }
      this.stories.delete(oldest);
      this.ids.delete(old.session);
    }
    return id;
  }

  /** The last story of an editor's session. */
  storyOf(id: string): SessionStory | undefined {
    return this.stories.get(id);
  }
}
