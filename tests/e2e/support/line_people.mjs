// Who is on LINE, as far as one bot may know them.
import { makeGroupId, makeRoomId, makeUserId } from "./line_events.mjs";

const DAY_MS = 86_400_000;
const ID = /^[UCR][0-9a-f]{32}$/;

export class LinePeople {
  users = new Map();
  /** Groups and rooms: `hasBot` says whether the bot is in them. */
  chats = new Map();

  /** `isFriend`: has added the bot. A test may change what is kept here at any time. */
  addUser({ name = "Brown", isFriend = true, language = "en", ...more } = {}, id = makeUserId()) {
    this.users.set(id, {
      displayName: name,
      language,
      isFriend,
      isBlocked: false,
      isDeleted: false,
      wroteAtMs: -Infinity,
      ...more,
    });
    return id;
  }

  addGroup(userIds, { name = "Friends" } = {}, id = makeGroupId()) {
    this.chats.set(id, { name, members: new Set(userIds), hasBot: true });
    return id;
  }

  addRoom(userIds, id = makeRoomId()) {
    return this.addGroup(userIds, {}, id);
  }

  /** LINE knew of everything before it told the bot. */
  see({ type, source, joined, left }, nowMs) {
    const { userId } = source ?? {};
    const chatId = source?.groupId ?? source?.roomId;
    if (userId && !this.users.has(userId)) this.addUser({ isFriend: false }, userId);
    if (chatId && !this.chats.has(chatId)) this.addGroup([], {}, chatId);
    const user = this.users.get(userId);
    const chat = this.chats.get(chatId);
    if (chat && userId) chat.members.add(userId);
    if (type === "message" && !chat) user.wroteAtMs = nowMs;
    if (type === "follow") Object.assign(user, { isFriend: true, isBlocked: false });
    if (type === "unfollow") user.isBlocked = true;
    if (type === "join") chat.hasBot = true;
    if (type === "leave") chat.hasBot = false;
    for (const member of joined?.members ?? []) {
      if (!this.users.has(member.userId)) this.addUser({ isFriend: false }, member.userId);
      chat.members.add(member.userId);
    }
    for (const member of left?.members ?? []) chat.members.delete(member.userId);
  }

  isId(id) {
    return ID.test(id);
  }

  /** Whether a push may be addressed there: #send-push-message-error-response. */
  isKnown(id) {
    return this.users.has(id) || this.chats.get(id)?.hasBot === true;
  }

  /** Who gets to see it: #send-push-message-conditions. */
  recipientsOf(id, nowMs) {
    const chat = this.chats.get(id);
    if (chat) return chat.hasBot ? [...chat.members] : [];
    const user = this.users.get(id);
    if (!user || user.isBlocked || user.isDeleted) return [];
    return user.isFriend || nowMs - user.wroteAtMs <= 7 * DAY_MS ? [id] : [];
  }

  /** Null where LINE says nothing of a person: #get-profile. */
  profileOf(id) {
    const user = this.users.get(id);
    if (!user?.isFriend || user.isBlocked || user.isDeleted) return null;
    const { displayName, language, pictureUrl, statusMessage } = user;
    return { displayName, userId: id, language, pictureUrl, statusMessage };
  }

  /** A member need not be a friend of the bot: #get-group-member-profile. */
  memberOf(chatId, id) {
    const user = this.users.get(id);
    const chat = this.chats.get(chatId);
    if (!chat?.hasBot || !chat.members.has(id) || !user || user.isDeleted) return null;
    return { displayName: user.displayName, userId: id, pictureUrl: user.pictureUrl };
  }
}
