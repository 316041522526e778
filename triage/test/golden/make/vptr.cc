// A virtual call races with the destructor.
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

namespace {
sem_t done;
struct Shape {
  virtual void draw() {}
  void finish() { sem_post(&done); }
  virtual ~Shape() { sem_wait(&done); }
};
struct Circle : Shape {
  void draw() override {}
  ~Circle() override {}
};

void *draw(void *shape) {
  static_cast<Shape *>(shape)->draw();
  static_cast<Shape *>(shape)->finish();
  return nullptr;
}
void *destroy(void *shape) {
  usleep(100000);
  delete static_cast<Shape *>(shape);
  return nullptr;
}
} // namespace

int main() {
  sem_init(&done, 0, 0);
  Shape *shape = new Circle;
  pthread_t threads[2];
  pthread_create(&threads[0], nullptr, draw, shape);
  pthread_create(&threads[1], nullptr, destroy, shape);
  pthread_join(threads[0], nullptr);
  pthread_join(threads[1], nullptr);
}
