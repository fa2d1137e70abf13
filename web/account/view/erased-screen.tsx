export function ErasedScreen() {
  return (
    <section class="card narrow">
      <h1 tabIndex={-1}>Your account is erased</h1>
      <p class="lead">
        All that was kept of it is gone, and you are signed out everywhere. The chat goes on without
        an account.
      </p>
      <div class="actions">
        <a class="primary" href="/">
          To the start page
        </a>
      </div>
    </section>
  );
}
